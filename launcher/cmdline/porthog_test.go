//go:build unix

package cmdline

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// porthog occupies the port given as its argument: listening, or as -as names.
// With -as time-wait it ends at once and leaves the port to the kernel.
func porthog() {
	bound := flag.Bool("bound", false, "the same as -as bound")
	as := flag.String("as", "listener", "listener, bound, client, time-wait or full")
	host := flag.String("host", "127.0.0.1", "address")
	ready := flag.String("ready", "", "create this file when the port is taken")
	flag.Parse()
	if *bound {
		*as = "bound"
	}
	take := map[string]func(string) (any, error){
		"listener":  listener,
		"bound":     func(addr string) (any, error) { return bind(addr, false) },
		"client":    client,
		"time-wait": timeWait,
		"full":      fillQueue,
	}[*as]
	held, err := take(net.JoinHostPort(*host, flag.Arg(0)))
	if err != nil {
		fmt.Fprintln(os.Stderr, "porthog:", err)
		os.Exit(1)
	}
	if *ready != "" {
		appendLine(*ready, "ready")
	}
	if *as != "time-wait" {
		time.Sleep(time.Hour)
	}
	runtime.KeepAlive(held)
}

// listener listens on the family of addr alone.
func listener(addr string) (any, error) {
	if strings.HasPrefix(addr, "[") {
		return net.Listen("tcp6", addr)
	}
	return net.Listen("tcp4", addr)
}

// bind binds a socket, with SO_REUSEADDR or without.
func bind(addr string, reuse bool) (fd int, err error) {
	resolved, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return 0, err
	}
	if fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0); err != nil {
		return 0, err
	}
	if reuse {
		if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
			return 0, err
		}
	}
	return fd, syscall.Bind(fd, &syscall.SockaddrInet4{Port: resolved.Port, Addr: [4]byte(resolved.IP.To4())})
}

// client has addr as its own end of a connection to itself.
func client(addr string) (any, error) {
	local, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, err
	}
	server, err := net.Listen("tcp", net.JoinHostPort(local.IP.String(), "0"))
	if err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{LocalAddr: local}).Dial("tcp", server.Addr().String())
	return []any{server, conn}, err
}

// timeWait serves one connection on addr without SO_REUSEADDR and closes it
// first, as a server does that is stopped.
func timeWait(addr string) (any, error) {
	lc := net.ListenConfig{Control: clearReuseAddr}
	l, err := lc.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	served, err := l.Accept()
	if err != nil {
		return nil, err
	}
	served.Close()
	io.Copy(io.Discard, conn)
	conn.Close()
	// State 06 of /proc/net/tcp.
	want := fmt.Sprintf(":%04X", l.Addr().(*net.TCPAddr).Port)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		table, err := os.ReadFile("/proc/net/tcp")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(table)) {
			if f := strings.Fields(line); len(f) > 3 && strings.HasSuffix(f[1], want) && f[3] == "06" {
				return nil, nil
			}
		}
	}
	return nil, fmt.Errorf("nothing is left in TIME_WAIT on %s", addr)
}

// fillQueue listens on addr and accepts no connection: its queue has room for one
// connection, which it takes itself.
func fillQueue(addr string) (any, error) {
	fd, err := bind(addr, true)
	if err != nil {
		return nil, err
	}
	if err := syscall.Listen(fd, 0); err != nil {
		return nil, err
	}
	return net.Dial("tcp", addr)
}

// dockerProxy listens as Docker's program of that name does for a container.
func dockerProxy() {
	host := flag.String("host-ip", "", "")
	port := flag.Int("host-port", 0, "")
	for _, name := range []string{"proto", "container-ip", "container-port"} {
		flag.String(name, "", "")
	}
	flag.Parse()
	l, err := net.Listen("tcp", net.JoinHostPort(*host, strconv.Itoa(*port)))
	if err != nil {
		fmt.Fprintln(os.Stderr, "docker-proxy:", err)
		os.Exit(1)
	}
	time.Sleep(time.Hour)
	l.Close()
}

// fakeDocker answers on the unix socket of its first argument as Docker's
// engine does, with one container that has the port of its second.
func fakeDocker() {
	l, err := net.Listen("unix", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "fakedocker:", err)
		os.Exit(1)
	}
	appendLine(os.Args[1]+".ready", "ready")
	http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/containers/json" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `[{"Id":"8dfafdbc3a40","Names":["/shop-db-1"],"Image":"postgres:17",
			"Labels":{"com.docker.compose.project":"shop","com.docker.compose.service":"db"},
			"Ports":[{"IP":"127.0.0.1","PrivatePort":5432,"PublicPort":%s,"Type":"tcp"}]}]`, os.Args[2])
	}))
}
