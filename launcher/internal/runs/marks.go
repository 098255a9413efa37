package runs

// The marks: variables in the environment of everything that a run starts, by
// which a process is known to be its own.
const (
	MarkRun     = "DEVRUN_RUN_ID"
	MarkService = "DEVRUN_SERVICE"
	MarkTask    = "DEVRUN_TASK" // build, check or ready: beside the service's command
)

// Mark returns the mark of everything that a run starts.
func Mark(id string) string { return MarkRun + "=" + id }

// Marks returns the marks of everything that a run starts for one service.
func Marks(id, service string) []string {
	return []string{Mark(id), MarkService + "=" + service}
}

// TaskMark returns the mark of a task: build, check or ready.
func TaskMark(task string) string { return MarkTask + "=" + task }
