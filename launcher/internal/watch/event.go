package watch

import (
	"io/fs"
	"time"
)

// An Event is one of Watching, Baseline, Dirty, Batch, Ignored and Notice.
type Event interface{ event() }

// Watching reports, once, that every folder is being watched. Changes made since
// Run began are found whether they came before or after it.
type Watching struct {
	Dirs   int // folders
	Files  int // files in them that count
	Polled int // folders of Dirs where the kernel cannot report changes
	Took   time.Duration
}

// Baseline reports, once, that the content of the project is known: from here on
// even the first save of a file that leaves its content unchanged is recognised.
type Baseline struct {
	Files  int   // files with known size and time
	Hashed int   // of these, files with known content
	Bytes  int64 // read for that, by this Watcher
	Took   time.Duration
}

// Dirty reports that the content of files has changed and that a Batch will
// follow. It is time to stop a process with old code, and too early to start
// another.
type Dirty struct {
	Files []Change  // by path; at most maxPaths
	Since time.Time // the first change
}

// Batch reports that the tree has settled. It follows each Dirty. Files is empty
// when the changes were taken back before the tree settled.
type Batch struct {
	Files  []Change // by path, at most maxPaths
	Total  int      // of changed files
	Reason Reason
	Since  time.Time // the first change
	Last   time.Time // the last one, or the last time that something was touched
}

// maxPaths bounds the files in an event; Batch.Total counts all.
const maxPaths = 100

// A Reason is why a burst of changes ended.
type Reason string

const (
	Settled Reason = "settled" // the tree was quiet
	Capped  Reason = "capped"  // changes went on for longer than a burst may last; another batch follows
)

// A Change is one file that differs from before.
type Change struct {
	// Path is relative to Spec.Root, with slashes, for a file in it, and
	// absolute otherwise. "dir/" means files in dir whose names are not known:
	// they were removed while the watches were being set, or belong to
	// Watcher.Expect.
	Path string
	Op   Op
	Type fs.FileMode // 0 for a file, fs.ModeSymlink, fs.ModeDir for "dir/"
	Size int64       // of a file or a link that exists
	// At is the file's own change time; zero for one that is gone.
	At time.Time
}

// An Op is how a file differs. A renamed file was removed and created.
type Op string

const (
	Created  Op = "created"
	Modified Op = "modified"
	Removed  Op = "removed"
)

// Ignored reports a change that does not count, by a rule or because the content
// is the same. Only with Spec.ReportIgnored, for a path once a second at most,
// and left out when the receiver is slow.
type Ignored struct {
	Path     string // see Change.Path
	Decision Decision
}

// A Kind of Notice is a code that never changes its meaning.
type Kind string

const (
	WatchLimit Kind = "watch-limit"    // no inotify watch is left: the rest is polled
	Instances  Kind = "instance-limit" // no inotify instance is left: all is polled
	Polling    Kind = "polling"        // a network or shared file system: polled
	Blind      Kind = "blind"          // a file was written and no event came: all is polled
	Overflow   Kind = "overflow"       // the kernel dropped events: the whole tree was compared
	Unreadable Kind = "unreadable"     // a folder or an ignore file
	Missing    Kind = "missing"        // a watched path does not exist; waited for
	Returned   Kind = "returned"       // it does now
	Vanished   Kind = "vanished"       // a file of Spec.Files was removed, which is no change; each time
	TooLong    Kind = "too-long"       // a path is longer than the system takes; left out
	Unfollowed Kind = "not-followed"   // a symbolic link to a folder that is not watched; Detail has why
	NoMatch    Kind = "no-match"       // a glob of Spec.Include, in Detail, matched no file when watching began
)

// A Notice reports a problem of watching, or its end. Each kind but Vanished comes
// once for each path, and the limits, Blind and Overflow once in all.
type Notice struct {
	Kind   Kind
	Path   string // absolute
	Detail string // a file system's name, the line that raises the limit, or a glob
	Limit  int    // that is used up; 0: none, or unknown
	Err    error  // nil where no call failed
}

func (Watching) event() {}
func (Baseline) event() {}
func (Dirty) event()    {}
func (Batch) event()    {}
func (Ignored) event()  {}
func (Notice) event()   {}
