package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// validator returns the schema as a validator of its draft reads it.
func validator(t testing.TB) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema(commands...)))
	if err != nil {
		t.Fatal(err)
	}
	if draft := document.(map[string]any)["$schema"]; draft != jsonschema.Draft2020.String() && draft != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("$schema = %v; want draft 2020-12", draft)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("devrun.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("devrun.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON is a YAML file as a validator takes it.
func asJSON(text []byte) (any, error) {
	data, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(data))
}

func TestSchemaAcceptsGood(t *testing.T) {
	schema := validator(t)
	files, err := filepath.Glob("testdata/good/*.yaml")
	examples, err2 := filepath.Glob("../examples/*/devrun.yaml")
	if err != nil || err2 != nil || len(files) == 0 {
		t.Fatalf("Glob = %v, %v, %v; want files", files, err, err2)
	}
	for _, file := range append(files, examples...) {
		if _, err := Load(file, commands); err != nil {
			t.Error(err)
		}
		value, err := asJSON(read(t, file))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: the schema says %v", file, err)
		}
	}
}

// beyond are the bad files that no schema can reject: it takes more than one
// place to see, or the environment, or lies in the text that becomes JSON without it.
var beyond = []string{
	"depends_unknown", "depends_cycle", "placeholder", "port_twice", "smoke_worker", "tag", "two_documents", "utf8",
	"regex", "ready_worker_all", "variables",
}

func TestSchemaRejectsBad(t *testing.T) {
	schema := validator(t)
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob = %v, %v; want files", files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if name == "alias_bomb" {
			continue // the validator's YAML goes off
		}
		value, err := asJSON(read(t, file))
		if err != nil {
			continue // not even YAML
		}
		if rejected := schema.Validate(value) != nil; rejected == slices.Contains(beyond, name) {
			t.Errorf("%s: the schema rejects it: %v; want %v", name, rejected, !rejected)
		}
	}
}

// TestSchemaRejectsEach takes the lines of bad files one by one, so that one
// mistake of a file does not hide another that the schema lets through.
func TestSchemaRejectsEach(t *testing.T) {
	schema := validator(t)
	for _, file := range []string{"port", "port_range", "ready", "ready_worker", "stop", "restart"} {
		for line := range strings.Lines(string(read(t, "testdata/bad/"+file+".yaml"))) {
			if !strings.HasPrefix(line, "  ") || strings.Contains(line, ".nan") {
				continue // JSON has no .nan
			}
			text := "services:\n" + line
			_, err := Parse("devrun.yaml", []byte(text), commands)
			value, jsonErr := asJSON([]byte(text))
			if err == nil || jsonErr != nil {
				t.Errorf("%s: %q: %v, %v; want a mistake in YAML", file, line, err, jsonErr)
				continue
			}
			// A schema compares no numbers inside of text.
			reversed := strings.Contains(line, "61999-61000") || strings.Contains(line, "61000-70000") || strings.Contains(line, "0-10")
			if schema.Validate(value) == nil && !reversed {
				t.Errorf("%s: the schema accepts %q; the loader says %v", file, line, err)
			}
		}
	}
}

// TestSchemaDescribesAll makes sure that an editor has something to say of each
// key, and that the keys of the loader and of the schema are the same.
func TestSchemaDescribesAll(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	seen := 0
	var walk func(path string, node any)
	walk = func(path string, node any) {
		switch node := node.(type) {
		case map[string]any:
			if properties, ok := node["properties"].(map[string]any); ok {
				for name, property := range properties {
					seen++
					if text, _ := property.(map[string]any)["description"].(string); !strings.HasSuffix(text, ".") {
						t.Errorf("%s.%s has the description %q; want a sentence", path, name, text)
					}
				}
			}
			for name, child := range node {
				if name == "if" || name == "then" {
					continue // conditions on keys that are described above
				}
				walk(path+"."+name, child)
			}
		case []any:
			for _, child := range node {
				walk(path, child)
			}
		}
	}
	walk("", schema)
	if seen < 60 {
		t.Errorf("the schema has %d keys; want all", seen)
	}
	service := schema["properties"].(map[string]any)["services"].(map[string]any)["additionalProperties"].(map[string]any)
	ready := service["properties"].(map[string]any)["ready"].(map[string]any)["oneOf"].([]any)[1].(map[string]any)
	compareKeys(t, "a service", service, names(serviceKeys()))
	compareKeys(t, "ready", ready, append(names(checkKeys()), "timeout", "all"))
}

func names[T any](keys []key[T]) []string {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	return names
}

func compareKeys(t *testing.T, what string, schema map[string]any, want []string) {
	t.Helper()
	var got []string
	for name := range schema["properties"].(map[string]any) {
		got = append(got, name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s has the keys %v in the schema; want %v", what, got, want)
	}
}

// TestSchemaDefaults writes out every default that the schema names, which
// must change nothing.
func TestSchemaDefaults(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	properties := schema["properties"].(map[string]any)
	service := defaultsOf(properties["services"].(map[string]any)["additionalProperties"].(map[string]any)).(map[string]any)
	for _, key := range []string{"dir", "port", "env", "env_file", "watch", "ready", "stop", "restart", "depends_on", "restart_dependents", "adopt", "expose"} {
		if service[key] == nil {
			t.Errorf("the schema names no default of %s; want one", key)
		}
	}
	service["command"] = "./web"
	smoke := defaultsOf(properties["smoke"].(map[string]any)).(map[string]any)
	smoke["checks"] = []any{map[string]any{"get": "/"}}
	text, err := json.Marshal(map[string]any{"services": map[string]any{"web": service}, "smoke": smoke})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse("devrun.yaml", text, nil)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	want, err := Parse("devrun.yaml", []byte("services: {web: {command: ./web}}\nsmoke: {checks: [get: /]}"), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := got.Services[0]
	if s.Watch.Settle == 50*time.Millisecond {
		s.Watch.Settle = 0 // which stands for the same
	}
	s.Origin = want.Services[0].Origin
	s.Env, s.EnvFiles, s.DependsOn, s.Watch.Include, s.Watch.Ignore = nilIfEmpty(s.Env), nilIfEmpty(s.EnvFiles), nilIfEmpty(s.DependsOn), nilIfEmpty(s.Watch.Include), nilIfEmpty(s.Watch.Ignore)
	compare(t, s, want.Services[0])
	if got.Smoke.Timeout != want.Smoke.Timeout {
		t.Errorf("the default of smoke.timeout is %v; want %v", got.Smoke.Timeout, want.Smoke.Timeout)
	}
}

func nilIfEmpty(s []string) []string {
	if len(s) == 0 {
		return nil
	}
	return s
}

// defaultsOf is the default of a schema with those of its keys filled in, nil
// when it names none.
func defaultsOf(schema map[string]any) any {
	own := schema["default"]
	values, isMapping := own.(map[string]any)
	if own != nil && !isMapping {
		return own
	}
	choices, _ := schema["oneOf"].([]any)
	filled := make(map[string]any)
	for _, choice := range append(choices, schema) {
		properties, _ := choice.(map[string]any)["properties"].(map[string]any)
		for name, property := range properties {
			if value := defaultsOf(property.(map[string]any)); value != nil {
				filled[name] = value
			}
		}
	}
	maps.Copy(filled, values)
	if len(filled) == 0 {
		return own
	}
	return filled
}
