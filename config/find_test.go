package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// tree makes files, and folders for names that end in a slash.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		path := filepath.Join(root, filepath.FromSlash(name))
		folder := path
		if name[len(name)-1] != '/' {
			folder = filepath.Dir(path)
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if folder != path {
			if err := os.WriteFile(path, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

func TestFind(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		from  string
		home  string
		want  string
	}{
		{"in the folder", []string{"p/devrun.yaml"}, "p", "", "p/devrun.yaml"},
		{"above", []string{"p/devrun.yaml", "p/a/b/"}, "p/a/b", "", "p/devrun.yaml"},
		{"the nearest", []string{"p/devrun.yaml", "p/a/devrun.yaml", "p/a/b/"}, "p/a/b", "", "p/a/devrun.yaml"},
		{"at the git root", []string{"p/devrun.yaml", "p/.git/", "p/a/"}, "p/a", "", "p/devrun.yaml"},
		{"not above the git root", []string{"devrun.yaml", "p/.git/", "p/a/"}, "p/a", "", ""},
		{"not above a linked work tree", []string{"devrun.yaml", "p/.git", "p/a/"}, "p/a", "", ""},
		{"in the home folder", []string{"home/devrun.yaml", "home/a/b/"}, "home/a/b", "home", "home/devrun.yaml"},
		{"not above the home folder", []string{"devrun.yaml", "home/a/b/"}, "home/a/b", "home", ""},
		{"outside of the home folder", []string{"p/devrun.yaml", "p/a/", "home/"}, "p/a", "home", "p/devrun.yaml"},
		{"the other ending", []string{"p/devrun.yml", "p/a/"}, "p/a", "", "p/devrun.yml"},
		{"a nearer other ending", []string{"devrun.yaml", "p/devrun.yml"}, "p", "", "p/devrun.yml"},
		{"a folder of that name", []string{"p/devrun.yaml/"}, "p", "", "p/devrun.yaml"},
		{"none", []string{"p/.git/"}, "p", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := tree(t, test.files...)
			home := filepath.Join(root, "elsewhere")
			if test.home != "" {
				home = filepath.Join(root, test.home)
			}
			t.Setenv("HOME", home)
			t.Setenv("USERPROFILE", home)
			want := ""
			if test.want != "" {
				want = filepath.Join(root, filepath.FromSlash(test.want))
			}
			got, err := Find(filepath.Join(root, filepath.FromSlash(test.from)))
			if err != nil || got != want {
				t.Errorf("Find = %q, %v; want %q", got, err, want)
			}
		})
	}
}

func TestFindBoth(t *testing.T) {
	root := tree(t, "devrun.yaml", "devrun.yml", "a/")
	_, err := Find(filepath.Join(root, "a"))
	var wrong *Error
	if !errors.As(err, &wrong) || wrong.File != filepath.Join(root, "devrun.yaml") {
		t.Errorf("Find = %v; want an *Error about devrun.yaml", err)
	}
}
