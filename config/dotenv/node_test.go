package dotenv

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// nodeScript prints what node makes of each text of a JSON list on stdin.
const nodeScript = `
const {parseEnv} = require('node:util')
const texts = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
console.log(JSON.stringify(texts.map(text => parseEnv(text))))
`

// TestNode compares Parse with node --env-file, on texts that both take: node
// replaces no variables, decodes nothing but \n, takes each # for a comment in a
// value without quotes, and keeps tabs, blank lines and a second blank after export.
func TestNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err == nil {
		err = exec.Command(node, "-e", "if (!require('node:util').parseEnv) process.exit(1)").Run()
	}
	if err != nil {
		if os.Getenv("DEVRUN_TEST_REAL") == "1" {
			t.Fatalf("a node with util.parseEnv is required: %v", err)
		}
		t.Skipf("no node with util.parseEnv: %v", err)
	}
	texts := []string{
		"A=1", "A = 1\n", "  export A=1", "A=", "A=''", `A=""`, "A='x' # c", `A="x" # c`, "A=x # c", "# c\n\nA=1\n\n", "A=1\r\nB=2\r\n",
		`A="a\nb"`, "A=\"a\nb\"\nB=1", "A='a\nb'\nB=1", "A=`a 'b' \"c\"`\nB=1", "A=s3cr$Et9\nB=\"x$5y\"\nC=pa$$w", `A='$HOME \n'`, "A=a=b=c", "A=it's", "A=x\nA=y",
		`A={"a": "b"}`, "URL=postgres://u:p@h:1/d?a=b&c", "A='C:\\dir\\'\nB=1", "foo-bar=1\na.b=2", "A=a  b  \nB=' a '",
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		texts = append(texts, randomFile(random))
	}
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", nodeScript)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []map[string]string
	if err := json.Unmarshal(out, &want); err != nil || len(want) != len(texts) {
		t.Fatalf("node printed %d results, %v; want %d", len(want), err, len(texts))
	}
	for i, text := range texts {
		variables, mistakes := Parse(text, func(string) (string, bool) { return "", false })
		got := map[string]string{}
		for _, v := range variables {
			got[v.Name] = v.Value
		}
		if len(mistakes) > 0 || !maps.Equal(got, want[i]) {
			t.Errorf("Parse(%q) = %q %v; node has %q", text, got, mistakes, want[i])
		}
	}
}

// randomFile returns a file of a few lines.
func randomFile(random *rand.Rand) string {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	word := func(chars string, most int) string {
		var b strings.Builder
		for range random.IntN(most) {
			b.WriteByte(chars[random.IntN(len(chars))])
		}
		return b.String()
	}
	const plain = "abcXYZ019_-.,:;/?@!$%&*()[]{}<>|~^+="
	var b strings.Builder
	for range random.IntN(6) + 1 {
		if random.IntN(8) == 0 {
			b.WriteString(pick("", "#"+word(plain+" '\"`\\", 8)) + pick("\n", "\r\n"))
			continue
		}
		b.WriteString(pick("", " ", "export ") + pick("A", "B", "LONG_NAME_2", "foo-bar", "a.b") + pick("=", " = ", "= "))
		switch random.IntN(4) {
		case 0:
			b.WriteString("'" + word(plain+" #\"`\n", 12) + "'")
		case 1:
			b.WriteString(`"` + word(plain+" #'`\n", 12) + pick("", `\n`) + word(plain, 4) + `"`)
		case 2:
			b.WriteString("`" + word(plain+" #'\"\n", 12) + "`")
		default:
			b.WriteString(pick("x", "$", "7") + word(plain+" '\"`", 8))
		}
		b.WriteString(pick("", " ", " # c") + pick("\n", "\r\n"))
	}
	return b.String()
}
