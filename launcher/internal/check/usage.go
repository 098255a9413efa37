package check

// Usage is a flag of a check for a page of help.
type Usage struct{ Name, Text string }

// Usages are all flags that Flags reads, without their dashes.
func Usages() []Usage {
	return []Usage{
		{"get", "PATH: a check that this request is answered as the flags behind it say; the others go the same way"},
		{"head", "PATH"},
		{"post", "PATH"},
		{"put", "PATH"},
		{"patch", "PATH"},
		{"delete", "PATH"},
		{"options", "PATH"},
		{"exec", "COMMAND: a check that it ends with status 0; no shell runs it"},
		{"expect", "200, 200,204 or TEXT that is in the body (any 2xx or 3xx)"},
		{"expect-body", "TEXT that is in the body"},
		{"expect-regex", "RE that matches the body"},
		{"expect-header", "\"Name: text\": a field of the answer (repeatable)"},
		{"expect-json", "PATH=VALUE in the body (repeatable)"},
		{"within", "the longest time that the answer may take"},
		{"header", "\"Name: value\": a field of the request (repeatable)"},
		{"body", "the request's body"},
		{"service", "NAME: whom the check is for (the first)"},
		{"retry", "how many further tries the check has (none)"},
		{"retry-for", "for how long it is tried again"},
	}
}
