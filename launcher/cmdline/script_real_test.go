//go:build unix

package cmdline

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// realNPM is the variable with the folder where testdata/npm was installed.
const realNPM = "DEVRUN_TEST_NPM"

// hasNPM reports whether the tools of testdata/npm are installed.
func hasNPM() (bool, error) {
	dir := os.Getenv(realNPM)
	if dir == "" && os.Getenv("DEVRUN_TEST_REAL") == "1" {
		return false, errors.New(realNPM + " is not set, and DEVRUN_TEST_REAL=1 asks for it")
	}
	return dir != "", nil
}

// installed DIR makes a node_modules in DIR with the tools of testdata/npm.
func installed(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(linkTools(ts.MkAbs(args[0])))
}

// linkTools makes a node_modules in dir. Packages and programs are symbolic links, as
// pnpm makes them, so what a tool writes into node_modules stays in dir.
func linkTools(dir string) error {
	source, target := filepath.Join(os.Getenv(realNPM), "node_modules"), filepath.Join(dir, "node_modules")
	if err := os.MkdirAll(filepath.Join(target, ".bin"), 0o755); err != nil {
		return err
	}
	for _, folder := range []string{".", ".bin"} {
		entries, err := os.ReadDir(filepath.Join(source, folder))
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if name := filepath.Join(folder, entry.Name()); !strings.HasPrefix(entry.Name(), ".") {
				if err := os.Symlink(filepath.Join(source, name), filepath.Join(target, name)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// serves PORT[/PATH] TEXT waits until the answer there holds TEXT.
func serves(ts *testscript.TestScript, neg bool, args []string) {
	until(ts, strings.Join(args, " "), func() bool { return answerHolds(args[0], args[1]) })
}

func answerHolds(where, text string) bool {
	resp, err := http.Get("http://127.0.0.1:" + where)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body)
	return strings.Contains(string(data), text)
}

// takesin FILE CONTENT PORT[/PATH] TEXT saves FILE and waits until the answer holds
// TEXT. A tool that answers may not watch yet, so FILE is saved again after one
// second, two, four and so on.
func takesIn(ts *testscript.TestScript, neg bool, args []string) {
	due, pause := time.Now(), time.Second
	until(ts, strings.Join(args, " "), func() bool {
		if now := time.Now(); !now.Before(due) {
			put(ts, false, args[:2])
			due, pause = now.Add(pause), 2*pause
		}
		return answerHolds(args[2], args[3])
	})
}

// noneleft fails if a process works in a folder of the script.
func noneLeft(ts *testscript.TestScript, neg bool, args []string) {
	if left := workingIn(ts.Getenv("WORK")); left != "" {
		ts.Fatalf("left: %s", left)
	}
}

// workingIn names a process whose working folder is dir or below; empty for none.
func workingIn(dir string) string {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && strings.HasPrefix(cwd+"/", dir+"/") {
			words, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "cmdline"))
			return filepath.Dir(link) + " " + strings.ReplaceAll(string(words), "\x00", " ")
		}
	}
	return ""
}
