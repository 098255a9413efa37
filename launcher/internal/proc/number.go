package proc

import (
	"os"
	"strconv"
	"strings"
)

// Number reads the number in a file of /proc; 0 where there is none.
func Number(path string) int {
	text, _ := os.ReadFile(path)
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}
