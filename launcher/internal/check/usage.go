package check

// Usage is the help text of a flag. It begins with the name of the value in back
// quotes, as package flag has it.
type Usage struct{ Name, Text string }

// Usages returns all flags that ParseFlags reads, without their dashes.
func Usages() []Usage {
	return []Usage{
		{"get", "`PATH`: begin a check of the answer to this request, to which the flags after it belong"},
		{"head", "`PATH`: likewise"},
		{"post", "`PATH`: likewise"},
		{"put", "`PATH`: likewise"},
		{"patch", "`PATH`: likewise"},
		{"delete", "`PATH`: likewise"},
		{"options", "`PATH`: likewise"},
		{"exec", "`COMMAND`: begin a check that this command, run without a shell, ends with status 0"},
		{"expect", "`WANT`: 200, or 200,204, or text in the body (any 2xx or 3xx)"},
		{"expect-body", "`TEXT`: text in the body, also if it is a number"},
		{"expect-regex", "`REGEX`: matches the body"},
		{"expect-header", "`\"Name: text\"`: a field of the answer (repeatable)"},
		{"expect-json", "`PATH=VALUE`: a value in the body (repeatable)"},
		{"within", "`TIME`: the longest time for the answer"},
		{"header", "`\"Name: value\"`: a field of the request (repeatable)"},
		{"body", "`TEXT`: the body of the request"},
		{"service", "`NAME`: the service to check (the first)"},
		{"retry", "`N`: the number of further tries (none)"},
		{"retry-for", "`TIME`: the time for further tries"},
	}
}
