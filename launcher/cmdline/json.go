package cmdline

import "encoding/json"

// printJSON writes v to stdout as one line of JSON. Its text is for programs and
// people, not for a web page: <, > and & stay as they are.
func (c *cli) printJSON(v any) error {
	encoder := json.NewEncoder(c.stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
