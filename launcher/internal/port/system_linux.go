package port

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

const (
	localRangeFile    = "/proc/sys/net/ipv4/ip_local_port_range"
	reservedPortsFile = "/proc/sys/net/ipv4/ip_local_reserved_ports"
)

// ReadSystem reads the port ranges of this network namespace, for IPv4 and
// IPv6 alike. The System is usable even with an error: an unreadable value is the
// kernel's default.
func ReadSystem() (System, error) {
	ephemeral, errRange := readSysctl(localRangeFile, parseLocalRange)
	if errRange != nil {
		ephemeral = linuxEphemeral()
	}
	reserved, errReserved := readSysctl(reservedPortsFile, ParsePortList)
	if errors.Is(errReserved, fs.ErrNotExist) { // before Linux 2.6.35, and in some sandboxes
		errReserved = nil
	}
	return System{Ephemeral: ephemeral, Reserved: reserved}, errors.Join(errRange, errReserved)
}

// Unprivileged returns the first port that every user may bind: below it the
// system keeps ports for the administrator. It is 1 where it keeps none.
func Unprivileged() int {
	first, err := readSysctl("/proc/sys/net/ipv4/ip_unprivileged_port_start", func(text string) (int, error) {
		return strconv.Atoi(strings.TrimSpace(text))
	})
	if err != nil { // before Linux 4.11, and in some sandboxes
		return 1024 // PROT_SOCK, linux/net.h
	}
	return max(first, minPort)
}

func readSysctl[T any](path string, parse func(string) (T, error)) (T, error) {
	var none T
	data, err := os.ReadFile(path)
	if err != nil {
		return none, err
	}
	value, err := parse(string(data))
	if err != nil {
		return none, fmt.Errorf("read %s: %w", path, err)
	}
	return value, nil
}
