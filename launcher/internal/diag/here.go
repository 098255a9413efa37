package diag

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
)

// Home returns the user's home folder for the facts of a problem, "" when it is
// unknown.
func Home() string {
	dir, _ := os.UserHomeDir()
	return dir
}

// Elevate returns a prefix of a command line with which it sees the processes of
// every user; "" where it does so anyway, or where there is no such command.
func Elevate() string {
	if os.Getuid() <= 0 { // root, or Windows
		return ""
	}
	if _, err := exec.LookPath("sudo"); err != nil {
		return ""
	}
	return "sudo"
}

// Mine reports whether uid is the user that runs devrun. On Windows, which has no
// such numbers, it is false.
func Mine(uid int) bool { return uid >= 0 && uid == os.Getuid() }

// UserName returns the name of a user, "" when there is none.
func UserName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return ""
}
