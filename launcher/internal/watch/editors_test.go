package watch

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestRealTools has the tools themselves save a file. Each is skipped where it
// is not installed.
func TestRealTools(t *testing.T) {
	t.Parallel()
	const text = "package x\n\nvar  a = 1\n"
	tests := []struct {
		name string
		argv []string
		want []string
	}{
		{"sed", []string{"sed", "-i", "s/1/2/", "x.go"}, []string{"x.go"}},
		{"sed, nothing new", []string{"sed", "-i", "s/nothing/2/", "x.go"}, nil},
		{"gofmt", []string{"gofmt", "-w", "x.go"}, []string{"x.go"}},
		{"vim", []string{"vim", "-es", "-u", "NONE", "-c", "set backupskip= backup", "-c", "%s/1/2/", "-c", "wq", "x.go"}, []string{"x.go"}},
		{"vim by rename", []string{"vim", "-es", "-u", "NONE", "-c", "set backupskip= backupcopy=no writebackup", "-c", "%s/1/2/", "-c", "wq", "x.go"}, []string{"x.go"}},
		{"vim, nothing new", []string{"vim", "-es", "-u", "NONE", "-c", "set backupskip=", "-c", "w!", "-c", "q", "x.go"}, nil},
		{"touch", []string{"touch", "x.go"}, nil},
		{"cp", []string{"cp", "y.go", "x.go"}, []string{"x.go"}},
		{"mv", []string{"mv", "y.go", "x.go"}, []string{"x.go", "-y.go"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(tt.argv[0]); err != nil {
				t.Skipf("%s is not installed", tt.argv[0])
			}
			dir := project(t, "y.go")
			write(t, filepath.Join(dir, "x.go"), text)
			b := watching(t, Spec{Root: dir})
			cmd := exec.Command(tt.argv[0], tt.argv[1:]...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "TERM=dumb")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%q: %v\n%s", tt.argv, err, out)
			}
			if tt.want == nil {
				b.nothing()
			} else {
				b.want(tt.want...)
			}
		})
	}
}
