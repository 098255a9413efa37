package launcher

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/machine"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/state"
)

func findingOf(t *testing.T, findings []Finding, name string) Finding {
	t.Helper()
	for _, f := range findings {
		if f.Check == name {
			return f
		}
	}
	t.Fatalf("no finding of %s in %+v", name, findings)
	return Finding{}
}

func TestDoctorOrder(t *testing.T) {
	own := []Finding{{Check: "config", Status: diag.FindingOK, Text: "fine"}}
	got := Doctor(t.Context(), DoctorOptions{
		Project: Project{Dir: t.TempDir()}, StateDir: t.TempDir(), Tools: []string{"sh"}, Config: func() []Finding { return own },
	})
	var names []string
	for _, f := range got {
		names = append(names, f.Check)
		if f.Text == "" || f.Status == "" {
			t.Errorf("%s: got %+v; want a status and a text", f.Check, f)
		}
	}
	const want = "localhost loopback-ipv4 loopback-ipv6 ports inotify file-system watching file-times state-folder open-files tools config leftovers"
	if text := strings.Join(names, " "); text != want {
		t.Errorf("got %s; want %s", text, want)
	}
}

// What was written to try things out is gone.
func TestDoctorLeavesNothing(t *testing.T) {
	dir, stateDir := t.TempDir(), t.TempDir()
	got := Doctor(t.Context(), DoctorOptions{Project: Project{Dir: dir}, StateDir: stateDir})
	for _, name := range []string{"watching", "file-times", "state-folder", "leftovers"} {
		if f := findingOf(t, got, name); name != "state-folder" && f.Status != diag.FindingOK {
			t.Errorf("got %+v; want ok", f)
		}
	}
	for _, dir := range []string{dir, stateDir} {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: got %v, %v; want it empty", dir, left, err)
		}
	}
}

func TestDoctorInANamespace(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	look := func() []Finding {
		return Doctor(t.Context(), DoctorOptions{Project: Project{Dir: t.TempDir()}, StateDir: t.TempDir()})
	}
	for _, tt := range []struct {
		rule       string
		ipv4, ipv6 diag.FindingStatus
	}{
		{"", diag.FindingOK, diag.FindingOK},
		{`oifname "lo" tcp dport 61000-65535 drop`, diag.FindingProblem, diag.FindingProblem},
		{"ip6 daddr ::1 reject", diag.FindingOK, diag.FindingProblem},
	} {
		rules(t, tt.rule)
		got := look()
		for name, want := range map[string]diag.FindingStatus{"loopback-ipv4": tt.ipv4, "loopback-ipv6": tt.ipv6} {
			f := findingOf(t, got, name)
			if f.Status != want {
				t.Errorf("%q: %s: got %s, %s; want %s", tt.rule, name, f.Status, f.Text, want)
			}
			if want == diag.FindingProblem && !strings.Contains(strings.Join(f.Remedies, "\n"), "nft list ruleset") {
				t.Errorf("%q: %s: got %q; want a command that lists the rules", tt.rule, name, f.Remedies)
			}
		}
	}
	rules(t)
	if err := os.WriteFile("/proc/sys/net/ipv6/conf/all/disable_ipv6", []byte("1"), 0); err != nil {
		t.Fatal(err)
	}
	rules(t, "ip6 daddr ::1 drop")
	got := look()
	if f := findingOf(t, got, "loopback-ipv6"); f.Status != diag.FindingOK || f.Detail["available"] != false {
		t.Errorf("without IPv6: got %+v; want that as a fact", f)
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_local_port_range", []byte("1024 65535"), 0); err != nil {
		t.Fatal(err)
	}
	if f := findingOf(t, look(), "ports"); f.Status != diag.FindingWarning || len(f.Remedies) == 0 {
		t.Errorf("all ports are ephemeral: got %+v; want a warning", f)
	}
}

func TestPortsFinding(t *testing.T) {
	for _, tt := range []struct {
		name   string
		system port.System
		want   diag.FindingStatus
		safe   int
	}{
		{"apart", port.System{Ephemeral: port.Range{First: 32768, Last: 60999}}, diag.FindingOK, 4536},
		{"some reserved", port.System{Ephemeral: port.Range{First: 32768, Last: 60999}, Reserved: []port.Range{{First: 61000, Last: 61535}}}, diag.FindingOK, 4000},
		{"the same", port.System{Ephemeral: port.Range{First: 1024, Last: 65535}}, diag.FindingWarning, 0},
		{"all reserved", port.System{Reserved: []port.Range{{First: 40000, Last: 65535}}}, diag.FindingProblem, 0},
	} {
		d := &doctor{opts: DoctorOptions{Range: port.Dynamic()}, system: tt.system}
		if got := d.ports(t.Context()); got.Status != tt.want || got.Detail["safe"] != tt.safe {
			t.Errorf("%s: got %+v; want %s, %d safe", tt.name, got, tt.want, tt.safe)
		}
	}
}

func TestStateFolderFinding(t *testing.T) {
	root := t.TempDir()
	open, foreign, file := filepath.Join(root, "open"), filepath.Join(root, "foreign"), filepath.Join(root, "file")
	good := filepath.Join(root, "good")
	for _, dir := range []string{open, foreign, good} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		status diag.FindingStatus
		text   string
	}{
		good:                              {diag.FindingOK, "yours alone"},
		filepath.Join(good, "a", "b"):     {diag.FindingOK, "made by the first run"},
		open:                              {diag.FindingProblem, "mode 0755"},
		file:                              {diag.FindingProblem, "not a folder"},
		filepath.Join(file, "x"):          {diag.FindingProblem, "cannot be used"},
		"":                                {diag.FindingWarning, "nothing is remembered"},
		"/proc/devrun-has-no-folder-here": {diag.FindingProblem, "cannot be made"},
	}
	if os.Chown(foreign, 65534, 65534) == nil {
		tests[foreign] = struct {
			status diag.FindingStatus
			text   string
		}{diag.FindingProblem, "not to you"}
	}
	for dir, want := range tests {
		d := &doctor{opts: DoctorOptions{StateDir: dir}}
		got := d.stateFolder(t.Context())
		if got.Status != want.status || !strings.Contains(got.Text, want.text) {
			t.Errorf("%s: got %s, %q; want %s, %q", dir, got.Status, got.Text, want.status, want.text)
		}
		if got.Status == diag.FindingProblem && len(got.Remedies) == 0 {
			t.Errorf("%s: got no remedy", dir)
		}
	}
}

func TestToolsFinding(t *testing.T) {
	d := &doctor{opts: DoctorOptions{Tools: []string{"sh", "no-such-tool-at-all"}}}
	got := d.tools(t.Context())
	if got.Status != diag.FindingProblem || got.Detail["no-such-tool-at-all"] != "" || got.Detail["sh"] == "" || strings.Contains(got.Text, "sh,") {
		t.Errorf("got %+v; want the missing one named", got)
	}
}

// A check that hangs does not hold the others up.
func TestCheckIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := examination{"hangs", checkLimit, func(context.Context) Finding { <-release; return Finding{} }}
		got := c.bounded(t.Context())
		if got.Check != "hangs" || got.Status != diag.FindingUnknown || !strings.Contains(got.Text, "no answer within 2s") {
			t.Errorf("got %+v; want unknown", got)
		}
		close(release)
		c.look = func(ctx context.Context) Finding { <-ctx.Done(); return fine("ended in time") }
		if got := c.bounded(t.Context()); got.Text != "ended in time" {
			t.Errorf("got %+v; want what the check says of its end", got)
		}
	})
}

// stray starts a process with the cookie of a run, and says when it has ended.
func stray(t *testing.T, id string) (pid int, ended <-chan struct{}) {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	cmd.Env = append(os.Environ(), envRunID+"="+id)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	// Ends with the process, at the latest with the test.
	go func() {
		defer close(done)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
	})
	return cmd.Process.Pid, done
}

func TestLeftoversFinding(t *testing.T) {
	stateDir := t.TempDir()
	runs, err := state.OpenRuns(filepath.Join(stateDir, "runs"))
	if err != nil {
		t.Fatal(err)
	}
	devrun, _ := stray(t, "none") // plays a devrun that lives
	self, err := portowner.Describe(devrun)
	if err != nil {
		t.Fatal(err)
	}
	const beyond = 1 << 23 // Linux gives no pid above 1<<22
	services := []state.Service{{Name: "api"}}
	live := state.Record{ID: "live-1", PID: self.PID, StartTicks: self.StartTicks, Host: hostName(), BootID: machine.BootID(), Project: "shop"}
	reused := state.Record{ID: "reused-1", PID: self.PID, StartTicks: self.StartTicks + 1, Project: "shop", Services: services}
	for _, rec := range []state.Record{
		live, reused,
		{ID: "gone-1", PID: beyond, Host: hostName(), Project: "shop", Services: services},
		{ID: "boot-1", PID: self.PID, StartTicks: self.StartTicks, Host: hostName(), BootID: "another", Project: "old"},
		{ID: "far-1", PID: beyond, Host: hostName() + "-another", Project: "shop"},
	} {
		if err := runs.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	lives := map[string]<-chan struct{}{}
	for _, id := range []string{"live-1", "gone-1", "far-1", "other-1"} {
		_, lives[id] = stray(t, id)
	}

	d := &doctor{opts: DoctorOptions{StateDir: stateDir}}
	got := d.leftovers(t.Context())
	if got.Status != diag.FindingProblem || !strings.Contains(got.Text, "shop/api") || !strings.Contains(got.Text, "sleep (pid") || len(got.Remedies) != 1 {
		t.Errorf("got %+v; want the process that is left, and how to end it", got)
	}
	if got.Detail["live"] != 1 || got.Detail["elsewhere"] != 1 || len(got.Detail["runs"].([]map[string]any)) != 3 {
		t.Errorf("got %v; want 1 live, 1 elsewhere and 3 crashed runs", got.Detail)
	}
	if records, _ := runs.List(); len(records) != 5 {
		t.Errorf("got %d records; want all 5 without --fix", len(records))
	}

	d.opts.Fix = true
	if got = d.leftovers(t.Context()); got.Status != diag.FindingOK || !strings.Contains(got.Text, "ended sleep (pid") {
		t.Errorf("got %+v; want it ended", got)
	}
	select {
	case <-lives["gone-1"]:
	case <-time.After(10 * time.Second):
		t.Error("the leftover lives")
	}
	for _, id := range []string{"live-1", "far-1", "other-1"} {
		select {
		case <-lives[id]:
			t.Errorf("what belongs to %s was ended", id)
		default:
		}
	}
	var left []string
	records, err := runs.List()
	for _, rec := range records {
		left = append(left, rec.ID)
	}
	if text := strings.Join(left, " "); err != nil || text != "far-1 live-1" {
		t.Errorf("records: got %s, %v; want those of runs that may live", text, err)
	}
	if got = d.leftovers(t.Context()); got.Text != "no crashed run has left anything" {
		t.Errorf("once more: got %+v", got)
	}
}

func TestRunIDIsAFileName(t *testing.T) {
	for id, want := range map[string]bool{"12-ab": true, "": false, ".": false, "../x": false, "a/b": false, ".hidden": false} {
		if got := isRunID(id); got != want {
			t.Errorf("%q: got %v; want %v", id, got, want)
		}
	}
}
