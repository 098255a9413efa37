package portowner

import (
	"os"
	"strings"
	"testing"
)

func TestOriginOf(t *testing.T) {
	named := func(names ...string) []Process {
		var list []Process
		for i, name := range names {
			list = append(list, Process{PID: 100 - i, Name: name})
		}
		return list
	}
	id := strings.Repeat("0123456789abcdef", 4)
	tests := []struct {
		name      string
		cgroup    string
		ancestors []Process
		kind      OriginKind
		origin    string
		parents   int
	}{
		{"shell in tmux", "", named("bash", "tmux: server", "systemd"), FromTerminal, "tmux", 1},
		{"npm in a terminal", "/user.slice/user-1000.slice/user@1000.service/app.slice/vte.scope", named("sh", "npm run dev", "bash", "gnome-terminal-", "systemd"), FromTerminal, "gnome-terminal", 3},
		{"editor", "", named("zsh", "code", "systemd"), FromEditor, "VS Code", 1},
		{"editor's server", "", []Process{{Name: "sh"}, {Name: "node", Exe: "/home/a/.vscode-server/bin/x/node"}}, FromEditor, "VS Code", 1},
		{"ssh", "", named("bash", "sshd", "systemd"), FromRemote, "ssh", 1},
		{"cron", "", named("sh", "cron", "systemd"), FromTimer, "cron", 1},
		{"unit", "/system.slice/nginx.service", named("nginx", "systemd"), FromUnit, "nginx.service", 1},
		{"unit of a user", "/user.slice/user-1000.slice/user@1000.service/app.slice/web.service", named("systemd"), FromUnit, "web.service", 0},
		{"orphan", "/user.slice/user-1000.slice/session-3.scope", named("systemd"), FromNobody, "", 0},
		{"orphan of a user's manager", "/user.slice/user-1000.slice/user@1000.service/app.slice/run.scope", named("systemd", "systemd"), FromNobody, "", 0},
		{"orphan's child", "", named("sh", "systemd"), FromUnknown, "", 1},
		{"container", "/system.slice/docker-" + id + ".scope", named("containerd-shim", "systemd"), FromContainer, id, 0},
		{"container of the older form", "/docker/" + id, named("sh", "containerd-shim"), FromContainer, id, 1},
		{"container without an id", "", named("containerd-shim-runc-v2"), FromContainer, "containerd-shim", 0},
		{"pod", "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope", nil, FromContainer, id, 0},
		{"within a container", "", named("sh", "server"), FromUnknown, "", 2},
		{"nothing known", "", nil, FromUnknown, "", 0},
	}
	for _, test := range tests {
		got := OriginOf(Process{Cgroup: test.cgroup}, test.ancestors)
		if got.Kind != test.kind || got.Name != test.origin || len(got.Parents) != test.parents {
			t.Errorf("%s: got %q %q with %d parents; want %q %q with %d", test.name, got.Kind, got.Name, len(got.Parents), test.kind, test.origin, test.parents)
		}
	}
}

func TestOriginOfThis(t *testing.T) {
	self, err := Describe(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	ancestors, err := Ancestors(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	o := OriginOf(self, ancestors)
	if len(o.Parents) == 0 && o.Kind == FromUnknown {
		t.Errorf("got nothing; want at least the parent, go test")
	}
	if len(o.Parents) > 0 && o.Parents[0].PID != os.Getppid() {
		t.Errorf("got parent %d; want %d", o.Parents[0].PID, os.Getppid())
	}
}
