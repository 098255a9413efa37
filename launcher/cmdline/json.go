package cmdline

import "encoding/json"

// printJSON writes v to stdout as one line of JSON. It does not escape <, > and &:
// the text is not for a web page.
func (c *cli) printJSON(v any) error {
	encoder := json.NewEncoder(c.stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
