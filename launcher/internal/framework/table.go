package framework

import "slices"

// table is read from the top; the first line that serves wins. Each line was
// checked against the tool's own help or source, named above it. A strict tool fails
// if its port is taken.
var table = slices.Concat(nodeTable, pythonTable, otherTable, fileTable, watcherTable, storeTable)
