package watch

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

type p = func(elem ...string) string

// A deed is something that people, editors and tools do to a project. It is
// exactly one batch, or none.
type deed struct {
	name  string
	files []string
	do    func(t *testing.T, in p)
	want  []string // nil: no batch
}

func TestFileChanges(t *testing.T) {
	t.Parallel()
	try(t, []deed{
		{"create", nil, func(t *testing.T, in p) { write(t, in("new.go"), "x") }, []string{"+new.go"}},
		{"write", []string{"a.go"}, func(t *testing.T, in p) { write(t, in("a.go"), "other") }, []string{"a.go"}},
		{"same size", []string{"a.go"}, func(t *testing.T, in p) { write(t, in("a.go"), "CONTENT OF a.go\n") }, []string{"a.go"}},
		{"append", []string{"a.go"}, func(t *testing.T, in p) {
			f, err := os.OpenFile(in("a.go"), os.O_APPEND|os.O_WRONLY, 0)
			ok(t, err)
			_, err = f.WriteString("more")
			ok(t, err)
			ok(t, f.Close())
		}, []string{"a.go"}},
		{"delete", []string{"a.go"}, func(t *testing.T, in p) { ok(t, os.Remove(in("a.go"))) }, []string{"-a.go"}},
		{"rename", []string{"a.go"}, func(t *testing.T, in p) { ok(t, os.Rename(in("a.go"), in("b.go"))) }, []string{"-a.go", "+b.go"}},
		{"truncate to nothing", []string{"a.go"}, func(t *testing.T, in p) { ok(t, os.Truncate(in("a.go"), 0)) }, []string{"a.go"}},
		{"write a file deep down", []string{"a/b/c/d/e.go"}, func(t *testing.T, in p) { write(t, in("a/b/c/d/e.go"), "x") }, []string{"a/b/c/d/e.go"}},

		{"touch", []string{"a.go"}, func(t *testing.T, in p) { ok(t, os.Chtimes(in("a.go"), time.Now(), time.Now())) }, nil},
		{"chmod +x", []string{"a.sh"}, func(t *testing.T, in p) { ok(t, os.Chmod(in("a.sh"), 0o755)) }, []string{"a.sh"}},
		{"chmod +x there and back", []string{"a.sh"}, func(t *testing.T, in p) {
			ok(t, os.Chmod(in("a.sh"), 0o755))
			ok(t, os.Chmod(in("a.sh"), 0o644))
		}, nil},
		{"chmod", []string{"a.go"}, func(t *testing.T, in p) { ok(t, os.Chmod(in("a.go"), 0o600)) }, nil},
		{"identical bytes", []string{"a.go"}, func(t *testing.T, in p) { write(t, in("a.go"), "content of a.go\n") }, nil},
		{"identical bytes by rename", []string{"a.go"}, func(t *testing.T, in p) {
			write(t, in("a.go~"), "content of a.go\n")
			ok(t, os.Rename(in("a.go~"), in("a.go")))
		}, nil},
		{"there and back", []string{"a.go"}, func(t *testing.T, in p) {
			write(t, in("a.go"), "x")
			write(t, in("a.go"), "content of a.go\n")
		}, nil},
		{"removed and put back", []string{"a.go"}, func(t *testing.T, in p) {
			ok(t, os.Remove(in("a.go")))
			write(t, in("a.go"), "content of a.go\n")
		}, nil},
		{"a file that comes and goes", nil, func(t *testing.T, in p) {
			write(t, in("tmp"), "x")
			ok(t, os.Remove(in("tmp")))
		}, nil},
		{"empty folders", nil, func(t *testing.T, in p) { mkdir(t, in("a/b/c")) }, nil},
	})
}

func TestEditors(t *testing.T) {
	t.Parallel()
	try(t, []deed{
		{"vim", []string{"a.go"}, func(t *testing.T, in p) {
			write(t, in("4913"), "")
			ok(t, os.Remove(in("4913")))
			ok(t, os.Rename(in("a.go"), in("a.go~")))
			write(t, in("a.go"), "new")
			ok(t, os.Chmod(in("a.go"), 0o644))
			ok(t, os.Remove(in("a.go~")))
		}, []string{"a.go"}},
		{"vim, nothing new", []string{"a.go"}, func(t *testing.T, in p) {
			ok(t, os.Rename(in("a.go"), in("a.go~")))
			write(t, in("a.go"), "content of a.go\n")
			ok(t, os.Remove(in("a.go~")))
		}, nil},
		{"vim with backupcopy", []string{"a.go"}, func(t *testing.T, in p) {
			write(t, in("a.go~"), "content of a.go\n")
			write(t, in("a.go"), "new")
			ok(t, os.Remove(in("a.go~")))
			write(t, in(".a.go.swp"), "x")
		}, []string{"a.go"}},
		{"emacs", []string{"a.go"}, func(t *testing.T, in p) {
			ok(t, os.Symlink("me@host.123", in(".#a.go")))
			write(t, in("#a.go#"), "auto")
			write(t, in("a.go"), "new")
			ok(t, os.Remove(in(".#a.go")))
			ok(t, os.Remove(in("#a.go#")))
		}, []string{"a.go"}},
		{"sed -i", []string{"a.go"}, func(t *testing.T, in p) {
			write(t, in("sedQx71Ab"), "new")
			ok(t, os.Rename(in("sedQx71Ab"), in("a.go")))
		}, []string{"a.go"}},
		{"VS Code", []string{"a.go"}, func(t *testing.T, in p) {
			f, err := os.OpenFile(in("a.go"), os.O_TRUNC|os.O_WRONLY, 0)
			ok(t, err)
			_, err = f.WriteString("new")
			ok(t, err)
			ok(t, f.Close())
		}, []string{"a.go"}},
		{"JetBrains", []string{"a.go"}, func(t *testing.T, in p) {
			write(t, in("a.go___jb_tmp___"), "new")
			ok(t, os.Rename(in("a.go"), in("a.go___jb_old___")))
			ok(t, os.Rename(in("a.go___jb_tmp___"), in("a.go")))
			ok(t, os.Remove(in("a.go___jb_old___")))
		}, []string{"a.go"}},
		{"gofmt -w", []string{"a.go"}, func(t *testing.T, in p) {
			write(t, in("a.go.1234567"), "content of a.go\n")
			write(t, in("a.go"), "new")
			ok(t, os.Remove(in("a.go.1234567")))
		}, []string{"a.go"}},
	})
}

func TestFolderChanges(t *testing.T) {
	t.Parallel()
	try(t, []deed{
		{"mkdir -p and write", nil, func(t *testing.T, in p) {
			mkdir(t, in("a/b/c"))
			write(t, in("a/b/c/new.go"), "x")
		}, []string{"+a/b/c/new.go"}},
		{"a file becomes a folder", []string{"a"}, func(t *testing.T, in p) {
			ok(t, os.Remove(in("a")))
			write(t, in("a/b"), "x")
		}, []string{"-a", "+a/b"}},
		{"a folder becomes a file", []string{"a/b", "a/c/d"}, func(t *testing.T, in p) {
			ok(t, os.RemoveAll(in("a")))
			write(t, in("a"), "x")
		}, []string{"+a", "-a/b", "-a/c/d"}},
		{"rename of a folder", []string{"a/b/c", "a/d"}, func(t *testing.T, in p) {
			ok(t, os.Rename(in("a"), in("z")))
		}, []string{"-a/b/c", "-a/d", "+z/b/c", "+z/d"}},
		{"a folder there and back", []string{"a/b/c", "a/d"}, func(t *testing.T, in p) {
			ok(t, os.Rename(in("a"), in("z")))
			ok(t, os.Rename(in("z"), in("a")))
		}, nil},
		{"a folder moved in from outside", nil, func(t *testing.T, in p) {
			write(t, in("../other/x/y"), "x")
			ok(t, os.Rename(in("../other"), in("other")))
		}, []string{"+other/x/y"}},
		{"a folder moved out", []string{"a/b/c"}, func(t *testing.T, in p) {
			ok(t, os.Rename(in("a"), in("../gone")))
		}, []string{"-a/b/c"}},
		{"swapped folders", []string{"a/f", "b/f"}, func(t *testing.T, in p) {
			ok(t, os.Rename(in("a"), in("c")))
			ok(t, os.Rename(in("b"), in("a")))
			ok(t, os.Rename(in("c"), in("b")))
		}, []string{"a/f", "b/f"}},

		{"a symbolic link", []string{"a/b"}, func(t *testing.T, in p) {
			ok(t, os.Symlink("a/b", in("link")))
			ok(t, os.Symlink("a", in("folder")))
			ok(t, os.Symlink(".", in("a/loop")))
		}, []string{"+a/loop", "+folder", "+link"}},
		{"a folder called ...", []string{"a"}, func(t *testing.T, in p) { write(t, in(".../f"), "x") }, []string{"+.../f"}},
		{"names", nil, func(t *testing.T, in p) {
			write(t, in("\xff\xfe"), "x")
			write(t, in("new\nline"), "x")
			write(t, in("ü x"), "x")
		}, []string{"+new\nline", "+ü x", "+\xff\xfe"}},
	})
}

func try(t *testing.T, deeds []deed) {
	for _, tt := range deeds {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := watching(t, Spec{Root: project(t, tt.files...)}, func(w *Watcher) {
				if tt.want == nil {
					w.timing.vanish = 3 * time.Second // what is to be put back has time for it
				}
			})
			tt.do(t, func(elem ...string) string { return filepath.Join(append([]string{b.dir}, elem...)...) })
			if tt.want == nil {
				b.nothing()
			} else {
				b.want(tt.want...)
			}
		})
	}
}
