package portowner

import (
	"slices"
	"strings"
)

// OriginKind is the kind of program that a process was started from.
type OriginKind string

const (
	FromUnknown   OriginKind = ""
	FromTerminal  OriginKind = "terminal"  // a terminal window or a multiplexer
	FromEditor    OriginKind = "editor"    // a task or terminal of an editor
	FromRemote    OriginKind = "remote"    // a login over the network
	FromLogin     OriginKind = "login"     // a login on the machine's console
	FromTimer     OriginKind = "timer"     // cron and its like
	FromUnit      OriginKind = "unit"      // a unit of systemd, or a job of launchd
	FromContainer OriginKind = "container" // it runs in a container
	FromNobody    OriginKind = "nobody"    // its starter has ended
)

// Origin is the program that a process was started from, as far as its ancestors
// and its control group show.
type Origin struct {
	Kind    OriginKind
	Name    string    // "tmux", "VS Code", "nginx.service", a container's ID; empty where unknown
	Parents []Process // the nearest first, up to and excluding the one called Name
}

// OriginOf returns the origin of p: the first of its ancestors, as [Ancestors]
// returns them, that is known to start other programs for people or for the
// system.
func OriginOf(p Process, ancestors []Process) Origin {
	o := Origin{Parents: ancestors}
	if id := containerID(p.Cgroup); id != "" {
		o.Kind, o.Name = FromContainer, id
	}
	for i, a := range ancestors {
		kind, name := starter(a)
		if kind == FromUnknown {
			continue
		}
		o.Parents = ancestors[:i]
		switch {
		case o.Kind == FromContainer:
		case kind != FromUnit:
			o.Kind, o.Name = kind, name
		case unitOf(p.Cgroup) != "":
			o.Kind, o.Name = FromUnit, unitOf(p.Cgroup)
		case i == 0:
			// The first process adopts processes that have lost their parent.
			o.Kind, o.Name = FromNobody, ""
		}
		break
	}
	return o
}

// starters are programs that people or the system start others from, by their
// names in the kernel, which cuts them to 15 bytes.
var starters = []struct {
	kind  OriginKind
	shown string
	names string // separated by blanks; # is a blank within a name
}{
	{FromTerminal, "tmux", "tmux tmux:#server"},
	{FromTerminal, "screen", "screen SCREEN"},
	{FromTerminal, "zellij", "zellij"},
	{FromTerminal, "", "gnome-terminal- konsole xterm alacritty kitty wezterm-gui foot footserver ghostty xfce4-terminal terminator tilix urxvt urxvtd ptyxis-agent kgx Terminal iTerm2 WindowsTerminal"},
	{FromEditor, "VS Code", "code code-insiders codium code-server"},
	{FromEditor, "Cursor", "cursor"},
	{FromEditor, "a JetBrains editor", "idea goland webstorm pycharm phpstorm rubymine clion rider rustrover"},
	{FromEditor, "", "emacs vim nvim hx zed-editor subl sublime_text windsurf"},
	{FromRemote, "ssh", "sshd sshd-session"},
	{FromRemote, "mosh", "mosh-server"},
	{FromLogin, "", "login gdm-session-wor sddm-helper lightdm"},
	{FromTimer, "", "cron crond atd anacron"},
	{FromContainer, "", "containerd-shim conmon"},
	{FromUnit, "", "systemd launchd init tini dumb-init docker-init catatonit s6-svscan runit"},
}

// starter returns which starter a process is; FromUnknown for all others.
func starter(p Process) (kind OriginKind, name string) {
	short := strings.TrimSuffix(p.Name, ".exe")
	if strings.HasPrefix(short, "containerd-shim") { // containerd-shim-runc-v2
		short = "containerd-shim"
	}
	for _, s := range starters {
		for known := range strings.FieldsSeq(s.names) {
			if strings.ReplaceAll(known, "#", " ") != short {
				continue
			}
			if s.shown == "" {
				return s.kind, strings.TrimRight(short, "-")
			}
			return s.kind, s.shown
		}
	}
	// Editors on another machine run there under the name of node.
	for _, remote := range []struct{ folder, shown string }{
		{"/.vscode-server/", "VS Code"}, {"/.cursor-server/", "Cursor"}, {"/.windsurf-server/", "windsurf"},
	} {
		if strings.Contains(p.Exe, remote.folder) {
			return FromEditor, remote.shown
		}
	}
	return FromUnknown, ""
}

// unitOf is the systemd service that a control group belongs to. A user's own
// manager does not count: the path continues below it.
func unitOf(cgroup string) string {
	parts := strings.Split(cgroup, "/")
	for _, part := range slices.Backward(parts) {
		if strings.HasSuffix(part, ".service") && !strings.HasPrefix(part, "user@") {
			return part
		}
	}
	return ""
}

// containerID returns the 64 hexadecimal digits in the name that Docker, Podman
// and containerd give a container's control group; "" outside of one.
func containerID(cgroup string) string {
	for part := range strings.SplitSeq(cgroup, "/") {
		part = strings.TrimSuffix(part, ".scope")
		if cut := strings.LastIndexByte(part, '-'); cut >= 0 { // docker-ID, libpod-ID, cri-containerd-ID
			part = part[cut+1:]
		}
		if len(part) == 64 && strings.Trim(part, "0123456789abcdef") == "" {
			return part
		}
	}
	return ""
}
