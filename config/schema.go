package config

import (
	"bytes"
	"encoding/json"
)

// Schema returns the JSON Schema of devrun.yaml, draft 2020-12, for editors. It is
// made from the keys that Load reads. commands are names that no service may have.
// Only Load finds mistakes that involve several places, such as a cycle of
// dependencies.
func Schema(commands ...string) []byte {
	schema := append(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "devrun.yaml"},
		{"description", "The services of a project that devrun runs."},
	}, keysSchema(fileKeys(commands), member{"required", []string{"services"}})...)
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		panic("config: the schema cannot be written as JSON: " + err.Error())
	}
	return b.Bytes()
}
