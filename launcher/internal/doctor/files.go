package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"devrun/config/words"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/machine"
	"devrun/launcher/internal/text"
	"devrun/launcher/internal/watch"
)

const (
	nearlyUsed  = 0.8              // of a limit
	maxClock    = 2 * time.Second  // FAT counts in these
	minFree     = 16 << 20         // bytes for records and logs
	minFiles    = 256              // what a small server needs
	usersListed = 5                // in the details
	goodFiles   = "ulimit -n 4096" // for the shell that it is typed in
)

// inotify compares the watches and instances in use with the limits.
func (d *examiner) inotify(ctx context.Context) diag.Finding {
	in, err := machine.ReadInotify(ctx)
	watches, instances := watch.Limits()
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return unclear("limits of file watching are not read on " + runtime.GOOS)
	case err != nil:
		return unclear(err.Error())
	case watches.Max == 0 || instances.Max == 0:
		return unclear("the limits cannot be read")
	}
	// The check of watching has some open at this moment.
	if i := slices.IndexFunc(in.Users, func(u machine.InotifyUser) bool { return u.PID == os.Getpid() }); i >= 0 {
		in.Watches -= in.Users[i].Watches
		in.Instances -= in.Users[i].Instances
		in.Users = slices.Delete(in.Users, i, i+1)
	}
	users := []map[string]any{}
	for _, u := range in.Users[:min(len(in.Users), usersListed)] {
		users = append(users, map[string]any{"pid": u.PID, "name": u.Name, "watches": u.Watches, "instances": u.Instances})
	}
	detail := map[string]any{
		"max_watches": watches.Max, "max_instances": instances.Max, "max_queued_events": in.MaxQueue,
		"watches": in.Watches, "instances": in.Instances, "users": users, "hidden": in.Hidden,
	}
	text := fmt.Sprintf("%d of %d watches and %d of %d instances are in use", in.Watches, watches.Max, in.Instances, instances.Max)
	if len(in.Users) > 0 {
		first := in.Users[0]
		text += fmt.Sprintf(", most by %s (pid %d): %d", first.Name, first.PID, first.Watches)
	}
	if in.Hidden > 0 {
		text += fmt.Sprintf("; %d processes could not be looked into", in.Hidden)
	}
	var remedies []string
	if float64(in.Watches) >= nearlyUsed*float64(watches.Max) {
		remedies = append(remedies, watches.Raise)
	}
	if float64(in.Instances) >= nearlyUsed*float64(instances.Max) {
		remedies = append(remedies, instances.Raise)
	}
	if len(remedies) > 0 {
		return with(warns(text, remedies...), detail)
	}
	return with(fine(text), detail)
}

// fileSystem finds out whether changes of the project's files are reported.
func (d *examiner) fileSystem(context.Context) diag.Finding {
	on, err := watch.FileSystemOf(d.opts.Project.Dir)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return unclear("network file systems cannot be recognized on " + runtime.GOOS)
	case err != nil:
		return unclear(oneLine(err))
	}
	detail := map[string]any{"dir": d.opts.Project.Dir, "mount": on.Mount, "type": on.Kind, "polled": on.Polled}
	where := diag.ShortenPath(d.opts.Project.Dir, diag.Home()) + " is on " + on.Kind
	if on.Polled {
		return with(warns(where+", where changes by others are not reported: devrun polls the files, and sees changes later",
			"devrun explain "+string(diag.CodeWatchBlind)), detail)
	}
	return with(fine(where+", which reports changes"), detail)
}

// watching writes a file and waits for its event.
func (d *examiner) watching(ctx context.Context) diag.Finding {
	took, err := watch.SelfTest(ctx, d.opts.Project.Dir)
	watches, instances := watch.Limits()
	switch {
	case err == nil:
		return with(fine("a file was written and its event came"), map[string]any{"took_ms": float64(took.Microseconds()) / 1000})
	case errors.Is(err, syscall.ENOSPC):
		return warns("no watch is left: devrun polls the files, and sees changes later", watches.Raise)
	case errors.Is(err, syscall.EMFILE):
		return warns("no watching instance is left: devrun polls the files, and sees changes later", instances.Raise)
	case errors.Is(err, watch.ErrNoEvent):
		return warns("a file was written and no event came: devrun polls the files, and sees changes later",
			"devrun explain "+string(diag.CodeWatchBlind))
	}
	return unclear("cannot be tried: " + err.Error())
}

// fileTimes compares the time of a file with the clock.
func (d *examiner) fileTimes(context.Context) diag.Finding {
	ahead, err := machine.FileClock(d.opts.Project.Dir)
	if err != nil {
		return unclear("cannot be tried: " + err.Error())
	}
	detail := map[string]any{"ahead_ms": ahead.Milliseconds()}
	if ahead.Abs() <= maxClock {
		return with(fine("a file written now has the time of now"), detail)
	}
	side := "ahead of"
	if ahead < 0 {
		side = "behind"
	}
	remedy := "date"
	if runtime.GOOS == "linux" {
		remedy = "timedatectl status"
	}
	return with(warns(fmt.Sprintf("a file written now is %s %s this machine's clock: build tools that compare times go wrong",
		text.Span(ahead.Abs()), side), remedy), detail)
}

// stateFolder checks where devrun keeps ports and records.
func (d *examiner) stateFolder(context.Context) diag.Finding {
	if d.opts.StateDir == "" {
		return warns("there is none, so nothing is remembered")
	}
	path, exists := d.opts.StateDir, true
	folder, err := machine.ReadFolder(path)
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		path, exists = filepath.Dir(path), false
		folder, err = machine.ReadFolder(path)
	}
	shown, quoted := diag.ShortenPath(d.opts.StateDir, diag.Home()), words.Join([]string{path})
	if err != nil {
		return fails(shown+" cannot be used: "+err.Error(), "ls -ld "+quoted)
	}
	detail := map[string]any{"path": d.opts.StateDir, "exists": exists, "mine": folder.Mine, "writable": folder.WriteErr == nil, "free": folder.Free}
	if exists {
		detail["mode"] = fmt.Sprintf("%04o", folder.Mode)
	}
	switch {
	case errors.Is(folder.WriteErr, syscall.ENOSPC), errors.Is(folder.WriteErr, syscall.EDQUOT):
		return with(fails(shown+": its disk is full, so nothing is remembered", "df -h "+quoted), detail)
	case folder.WriteErr != nil && !exists:
		return with(fails(fmt.Sprintf("%s cannot be made in %s: %v", shown, diag.ShortenPath(path, diag.Home()), folder.WriteErr),
			"ls -ld "+quoted), detail)
	case !exists:
		return with(fine(shown+" is made by the first run"), detail)
	case !folder.Mine:
		return with(fails(shown+" belongs to "+cmp.Or(diag.UserName(folder.Owner), fmt.Sprintf("uid %d", folder.Owner))+", not to you",
			fmt.Sprintf("sudo chown -R %d %s", os.Geteuid(), quoted)), detail)
	case folder.WriteErr != nil:
		return with(fails(fmt.Sprintf("%s cannot be written to: %v", shown, folder.WriteErr), "chmod 700 "+quoted), detail)
	case folder.Mode&0o077 != 0 && runtime.GOOS != "windows":
		return with(fails(fmt.Sprintf("%s has mode %04o, so others can get in", shown, folder.Mode), "chmod 700 "+quoted), detail)
	case folder.Free >= 0 && folder.Free < minFree, folder.FreeIDs == 0:
		return with(warns(fmt.Sprintf("%s: its disk is nearly full, %d KiB are left", shown, max(folder.Free, 0)>>10), "df -h "+quoted), detail)
	}
	return with(fine(shown+" is yours alone and can be written to"), detail)
}

// openFiles reads how many files a service may have open.
func (d *examiner) openFiles(ctx context.Context) diag.Finding {
	soft, hard, err := machine.OpenFiles(ctx)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return unclear(runtime.GOOS + " sets no such limit that could be read")
	case err != nil:
		return unclear(err.Error())
	}
	detail := map[string]any{"soft": limitText(soft), "hard": limitText(hard)}
	if soft < minFiles {
		return with(warns("a service may have only "+limitText(soft)+" files and connections open", goodFiles), detail)
	}
	return with(fine("a service may have "+limitText(soft)+" files and connections open"), detail)
}

func limitText(n uint64) string {
	if n == machine.Unlimited {
		return "unlimited"
	}
	return fmt.Sprint(n)
}

// tools looks for the programs that the config names.
func (d *examiner) tools(context.Context) diag.Finding {
	var missing []string
	detail := map[string]any{}
	for _, tool := range d.opts.Tools {
		path, err := exec.LookPath(tool)
		if err != nil {
			path, missing = "", append(missing, tool)
		}
		detail[tool] = path
	}
	if len(missing) > 0 {
		return with(fails("not found on PATH: "+strings.Join(missing, ", "), "devrun explain "+string(diag.CodeCommandNotFound)), detail)
	}
	return with(fine("found on PATH: "+strings.Join(d.opts.Tools, ", ")), detail)
}
