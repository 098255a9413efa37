package check

// Usage is the help text of a flag.
type Usage struct{ Name, Text string }

// Usages returns all flags that ParseFlags reads, without their dashes.
func Usages() []Usage {
	return []Usage{
		{"get", "PATH: a check of the answer to this request, with the flags after it; likewise for the other methods"},
		{"head", "PATH"},
		{"post", "PATH"},
		{"put", "PATH"},
		{"patch", "PATH"},
		{"delete", "PATH"},
		{"options", "PATH"},
		{"exec", "COMMAND: a check that the command ends with status 0; runs without a shell"},
		{"expect", "200, 200,204 or TEXT in the body (any 2xx or 3xx)"},
		{"expect-body", "TEXT in the body"},
		{"expect-regex", "RE that matches the body"},
		{"expect-header", "\"Name: text\": a field of the answer (repeatable)"},
		{"expect-json", "PATH=VALUE in the body (repeatable)"},
		{"within", "the longest time for the answer"},
		{"header", "\"Name: value\": a field of the request (repeatable)"},
		{"body", "the request's body"},
		{"service", "NAME: the service to check (the first)"},
		{"retry", "the number of further tries (none)"},
		{"retry-for", "the time for further tries"},
	}
}
