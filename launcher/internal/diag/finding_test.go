package diag

import (
	"encoding/json"
	"strings"
	"testing"
)

func someFindings() []Finding {
	return []Finding{
		{Check: "localhost", Status: FindingOK, Text: "resolves to 127.0.0.1 and ::1"},
		{Check: "loopback-ipv6", Status: FindingProblem, Text: "TCP does not pass: connect to [::1]:63540: i/o timeout",
			Remedies: []string{"sudo nft list ruleset", "devrun explain loopback-blocked"}},
		{Check: "inotify", Status: FindingWarning, Text: "8100 of 8192 watches are in use, most by code (pid 71)",
			Remedies: []string{"sudo sysctl fs.inotify.max_user_watches=524288"}, Detail: map[string]any{"watches": 8100}},
		{Check: "a-check-of-the-config", Status: FindingUnknown, Text: "control \x1b[2J characters and aWordThatIsLongerThanAllTheRoomThatIsLeftForIt do no harm"},
	}
}

func TestRenderFindings(t *testing.T) {
	for name, style := range map[string]Style{"findings-80": {}, "findings-color": {Color: true}} {
		var b strings.Builder
		if err := RenderFindings(&b, someFindings(), style); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
	}
}

// The shape is a promise: every member is there.
func TestFindingJSON(t *testing.T) {
	got, err := json.Marshal(someFindings()[:1])
	const want = `[{"check":"localhost","status":"ok","text":"resolves to 127.0.0.1 and ::1","remedies":[],"detail":{}}]`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}
