package proc

import (
	"strings"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	const rest = " S 1 22 33 34816 55 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 200 18446744073709551615 1\n"
	for _, name := range []string{"node", "a b", "(sd-pam)", ") S 1 (", "))) R 9 9", "", "a\nb"} {
		want := Stat{PID: 44, PPID: 1, PGID: 22, SID: 33, TTY: 34816, TPGID: 55, StartTicks: 987654, State: 'S', Name: name, Processor: 260 * time.Millisecond, Pages: 200}
		if got, ok := ParseStat([]byte("44 (" + name + ")" + rest)); got != want || !ok {
			t.Errorf("%q: got %+v, %v; want %+v", name, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "44 node S 1", "44 )node( S 1", "44 (node)", "44 (node) S 1 22", "x (node)" + rest, "(node)" + rest,
		"44 (node)" + strings.Replace(rest, " 1 ", " -1 ", 1), "44 (node)" + strings.Replace(rest, "987654", "x", 1),
	} {
		if got, ok := ParseStat([]byte(text)); ok {
			t.Errorf("%q: got %+v; want it refused", text, got)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("a b", "1 2 3")
	f.Add(") S 1 (", "S 7"+strings.Repeat(" 0", 17)+" 98765 0 0")
	f.Fuzz(func(t *testing.T, name, fields string) {
		got, ok := ParseStat([]byte("1 (" + name + ") " + fields))
		if ok && !strings.Contains(fields, ")") && got.Name != name {
			t.Errorf("name = %q; want %q", got.Name, name)
		}
		if got.PPID < 0 {
			t.Errorf("ppid = %d", got.PPID)
		}
	})
}

func TestEnv(t *testing.T) {
	env := Env("A=1\x00B=\x00C=x=y\x00A=2\x00odd\x00")
	for entry, want := range map[string]bool{"A=1": true, "A=2": true, "A=": false, "B=": true, "C=x": false, "odd": true, "A=1\x00B=": false} {
		if got := env.Has(entry); got != want {
			t.Errorf("has %q: got %v; want %v", entry, got, want)
		}
	}
	for name, want := range map[string]string{"A": "1", "B": "", "C": "x=y"} {
		if got, ok := env.Lookup(name); got != want || !ok {
			t.Errorf("%s: got %q, %v; want %q", name, got, ok, want)
		}
	}
	if got, ok := env.Lookup("odd"); ok {
		t.Errorf("odd: got %q; want it unset", got)
	}
}
