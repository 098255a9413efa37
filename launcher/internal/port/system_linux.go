package port

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
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
