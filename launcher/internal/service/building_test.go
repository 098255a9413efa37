package service

import (
	"errors"
	"fmt"
	"reflect"
	"syscall"
	"testing"
	"time"

	"devrun/launcher/internal/process"
	"devrun/launcher/internal/watch"
)

func TestBuildFinish(t *testing.T) {
	for name, tt := range map[string]struct {
		result buildResult
		want   Input
	}{
		"it succeeded":                {buildResult{}, BuildPassed},
		"it failed":                   {buildResult{status: process.Status{Code: 2}}, BuildFailed},
		"it was killed":               {buildResult{status: process.Status{Signal: syscall.SIGKILL}}, BuildFailed},
		"it could not be run":         {buildResult{err: errors.New("no such file")}, BuildFailed},
		"it was cancelled":            {buildResult{status: process.Status{Signal: syscall.SIGTERM}, cancelled: true}, BuildCancelled},
		"it succeeded, but cancelled": {buildResult{cancelled: true}, BuildCancelled},
	} {
		b := building{base: &base{}, ended: make(chan buildResult), began: time.Now()}
		if got := b.finish(tt.result); got != tt.want {
			t.Errorf("%s: got %s; want %s", name, got, tt.want)
		}
		if b.ended != nil || b.over.Before(b.began) || !reflect.DeepEqual(b.result, tt.result) {
			t.Errorf("%s: the end was not taken in: %+v", name, b)
		}
	}
}

func TestCountedFilesOfABuild(t *testing.T) {
	began := time.Now()
	over := began.Add(time.Second)
	before, during, after := began.Add(-time.Second), began.Add(time.Second/2), over.Add(time.Second)
	made := func(path string, at time.Time) watch.Change {
		return watch.Change{Path: path, Op: watch.Created, At: at}
	}
	saved := func(path string, at time.Time) watch.Change {
		return watch.Change{Path: path, Op: watch.Modified, At: at}
	}
	type batch struct {
		first   bool // nothing was built before
		started bool // the command was started before
		failed  bool
		last    time.Time
		unnamed int // files on top of those that are named
		files   []watch.Change
		want    []string
		total   int
	}
	tests := map[string][]batch{
		"saved before and after":              {{files: []watch.Change{saved("a", before), saved("b", after)}, want: []string{"a", "b"}, total: 2}},
		"within the tick of the clock":        {{files: []watch.Change{saved("bin/api", began.Add(-clockTick))}}},
		"what the commands name":              {{files: []watch.Change{saved("bin/api", during), saved("bin/api/x", during)}}},
		"named, but saved by hand":            {{files: []watch.Change{saved("bin/api", after)}, want: []string{"bin/api"}, total: 1}},
		"made by the first build":             {{first: true, files: []watch.Change{made("gen", during), saved("main", during)}, want: []string{"main"}, total: 1}},
		"made before the first build failed":  {{first: true, failed: true, files: []watch.Change{made("gen", during)}}},
		"saved as the first build has failed": {{first: true, failed: true, files: []watch.Change{made("main", over.Add(-clockTick/2))}, want: []string{"main"}, total: 1}},
		"made while the command serves":       {{first: true, started: true, files: []watch.Change{made("new", during)}, want: []string{"new"}, total: 1}},
		"written in every build": {
			{files: []watch.Change{saved("gen", during)}, want: []string{"gen"}, total: 1},
			{files: []watch.Change{saved("gen", during)}, want: []string{"gen"}, total: 1},
			{files: []watch.Change{saved("gen", during)}},
		},
		"saved by hand once": {
			{files: []watch.Change{saved("gen", after)}, want: []string{"gen"}, total: 1},
			{files: []watch.Change{saved("gen", during)}, want: []string{"gen"}, total: 1},
			{files: []watch.Change{saved("gen", during)}, want: []string{"gen"}, total: 1},
			{files: []watch.Change{saved("gen", during)}, want: []string{"gen"}, total: 1},
		},
		"gone during the build": {{last: during, files: []watch.Change{{Path: "bin/api", Op: watch.Removed}}}},
		"gone after the build":  {{last: after, files: []watch.Change{{Path: "a", Op: watch.Removed}}, want: []string{"a"}, total: 1}},
		"more than are named":   {{unnamed: 40, files: []watch.Change{saved("a", after), saved("bin/api", during)}, want: []string{"a"}, total: 41}},
		"all that are named are the build's, and many are not named": {{unnamed: 40, files: []watch.Change{saved("bin/api", during)}}},
		"nothing": {{}},
	}
	for name, batches := range tests {
		b := building{began: began, over: over, outputs: newOutputs("/shop", "/shop", "bin/api", nil)}
		for i, tt := range batches {
			b.first, b.result = tt.first, buildResult{}
			if tt.failed {
				b.result.status.Code = 1
			}
			e := watch.Batch{Files: tt.files, Total: len(tt.files) + tt.unnamed, Last: tt.last}
			files, total := b.withoutOutputs(e, tt.started)
			if got := fmt.Sprint(pathsOf(files)); got != fmt.Sprint(tt.want) || total != tt.total {
				t.Errorf("%s: batch %d: got %s, %d in all; want %s, %d", name, i, got, total, tt.want, tt.total)
			}
		}
	}
}

// While a build runs, everything since its beginning may be its own.
func TestCountedFilesOfARunningBuild(t *testing.T) {
	b := building{began: time.Now(), ended: make(chan buildResult), outputs: newOutputs("/shop", "/shop", "bin/api", nil)}
	b.over = b.began.Add(-time.Minute) // of the build before
	e := watch.Batch{Files: []watch.Change{{Path: "bin/api", At: b.began}}, Total: 1}
	if files, total := b.withoutOutputs(e, true); len(files) != 0 || total != 0 {
		t.Errorf("got %v, %d; want none", files, total)
	}
}

// A build that cannot be run has ended, and says so, and may be cancelled.
func TestBuildCannotBeRun(t *testing.T) {
	env, events := newEnv(t)
	svc := definition(t, "api")
	svc.Build = []string{"no-such-tool"}
	base := newBase(t, svc, env)
	base.build = svc.Build
	b := newBuilding(base, "")
	b.start(changes{}, nil)
	b.cancel()
	b.kill()
	if got := b.finish(receive(t, b.ended, "the end of the build")); got != BuildFailed {
		t.Errorf("got %s; want %s", got, BuildFailed)
	}
	if problem := b.problem(false); problem.Code != "command-not-found" {
		t.Errorf("got %q (%s); want command-not-found", problem.Code, problem.Summary)
	}
	if got := events.String(); got != "\n\tbuilding: building" {
		t.Errorf("events: got %s", got)
	}
}
