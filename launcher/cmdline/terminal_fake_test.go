//go:build linux

package cmdline

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Under its own name this binary is fakescreen.
func init() {
	if filepath.Base(os.Args[0]) == "fakescreen" {
		os.Exit(fakescreen())
	}
}

// fakescreen is a server that prints the kinds of its streams, and its input:
// lines, signals, sizes. The line "end" ends it, and so does SIGTERM. With
// -trace it records SIGTERM and SIGUSR1 in a file instead, and SIGUSR1 ends it.
func fakescreen() int {
	half := flag.String("half", "", "print this, without a line end, before listening")
	until := flag.String("until", "", "listen when this pipe has a writer")
	trace := flag.String("trace", "", "the file for signals")
	deaf := flag.Bool("deaf", false, "go on after every signal but SIGKILL")
	flag.Parse()

	signals := make(chan os.Signal, 64)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGWINCH)
	// The size is read after the notification is set up, so that none is missed.
	fmt.Printf("streams in=%s out=%s err=%s\n", kindOf(os.Stdin), kindOf(os.Stdout), kindOf(os.Stderr))
	fmt.Printf("size=%s term=%s pid=%d\n", sizeOf(os.Stdin, os.Stdout), os.Getenv("TERM"), os.Getpid())
	io.WriteString(os.Stdout, *half)
	if *until != "" {
		if _, err := os.Open(*until); err != nil {
			fmt.Fprintln(os.Stderr, "fakescreen:", err)
			return 1
		}
	}
	// The kernel accepts what the probe connects.
	if _, err := net.Listen("tcp", net.JoinHostPort(os.Getenv("HOST"), os.Getenv("PORT"))); err != nil {
		fmt.Fprintln(os.Stderr, "fakescreen:", err)
		return 1
	}
	lines := make(chan string)
	// Ends with the process.
	go func() {
		for scanner := bufio.NewScanner(os.Stdin); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	seen := map[os.Signal]int{}
	for {
		select {
		case sig := <-signals:
			seen[sig]++
			switch {
			case sig == syscall.SIGWINCH:
				fmt.Printf("size=%s\n", sizeOf(os.Stdin, os.Stdout))
			case *trace != "" && sig != syscall.SIGINT:
				appendLine(*trace, unix.SignalName(sig.(syscall.Signal)))
				if sig == syscall.SIGUSR1 {
					return 0
				}
			case sig == syscall.SIGTERM && !*deaf:
				return 0
			default:
				fmt.Printf("signal=%s count=%d\n", unix.SignalName(sig.(syscall.Signal)), seen[sig])
			}
		case line := <-lines:
			if line == "end" {
				for len(signals) > 0 {
					seen[<-signals]++
				}
				fmt.Printf("end interrupts=%d terms=%d\n", seen[syscall.SIGINT], seen[syscall.SIGTERM])
				return 0
			}
			fmt.Printf("line=%q\n", line)
		}
	}
}

func kindOf(f *os.File) string {
	if isTerminal(f) {
		return "terminal"
	}
	if info, err := f.Stat(); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		return "pipe"
	}
	return "other"
}

// sizeOf is the size of the first of the files that is a terminal.
func sizeOf(files ...*os.File) string {
	for _, f := range files {
		if size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil {
			return fmt.Sprintf("%dx%d", size.Col, size.Row)
		}
	}
	return "none"
}
