//go:build unix

package cmdline

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// fakeservice is a server that misbehaves on demand.
func fakeservice() {
	began := time.Now()
	listen := flag.String("listen", net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), os.Getenv("PORT")), "address, with -mute also unix:PATH; - listens nowhere")
	after := flag.Duration("ready-after", 0, "listen only after this long")
	noReuse := flag.Bool("no-reuseaddr", false, "bind without SO_REUSEADDR")
	ignoreTerm := flag.Bool("ignore-term", false, "ignore SIGTERM and SIGINT")
	exit := flag.Int("exit", -1, "end with this status at once")
	die := flag.String("die", "", "end by this signal at once: SEGV or KILL")
	fork := flag.String("fork", "", "start a grandchild first: child, setsid, or server (which serves in our place while we exit 0)")
	pidfile := flag.String("pidfile", "", "append the pids of this process and its grandchild to this file")
	say := flag.String("print", "", "print this to stdout first")
	line := flag.String("line", "", "print this line to stdout first")
	warn := flag.String("warn", "", "print this to stderr first")
	spam := flag.Int("spam", 0, "write this many bytes to stdout")
	code := flag.Int("status", 200, "status of the answers")
	env := flag.Bool("env", false, "print the environment and the arguments, then go on")
	counter := flag.String("count", "", "append a line to this file at each start")
	failFirst := flag.Int("fail-first", 0, "with -count: end with status 1 in the first N starts")
	body := flag.String("body", "", "answer with what this file holds at the start")
	write := flag.String("write", "", "write the time to this file first")
	create := flag.String("create", "", "create a file with this prefix and a name that was never used")
	lock := flag.String("lock", "", "create this file first and remove it on SIGTERM")
	holdOpen := flag.String("hold", "", "append a line to this file at each request; it stays open")
	visits := flag.String("visits", "", "write the time to this file at each request")
	logged := flag.String("log", "", "append a line to this file at each request; it does not stay open")
	uploads := flag.String("uploads", "", "write a new file with this prefix at each request")
	watched := flag.String("watch", "", "watch this folder by inotify, and read -body at each request")
	graceful := flag.Duration("graceful", 0, "take this long to end on SIGTERM, listening all the while")
	linger := flag.String("linger", "", "on SIGTERM, end once this file exists")
	quitAfter := flag.Duration("quit-after", 0, "end with status 0 after having served this long")
	secure := flag.Bool("secure", false, "the same as -tls, with nothing in the command that hints at it")
	flag.BoolVar(&overTLS, "tls", false, "speak TLS, with a certificate that nobody trusts")
	mute := flag.Bool("mute", false, "let connections in and never answer")
	full := flag.Bool("full", false, "let no connection in: the queue is full")
	busy := flag.Duration("busy", 0, "answer with 503 for so long after listening")
	crash := flag.String("crash", "", "a path whose request ends this process with status 3")
	become := flag.Int("become", -1, "run as this user, which takes a program that may do so")
	flag.Parse()
	overTLS = overTLS || *secure

	if *become >= 0 {
		if err := syscall.Setuid(*become); err != nil {
			panic(err)
		}
	}
	if *quitAfter > 0 {
		time.AfterFunc(*quitAfter, func() { os.Exit(0) })
	}
	if *ignoreTerm {
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	}
	if *graceful > 0 {
		endSlowly(func() { time.Sleep(*graceful) })
	}
	if *linger != "" {
		endSlowly(func() {
			for !exists(*linger) {
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	if *write != "" {
		time.Sleep(50 * time.Millisecond) // a file's time may lag by a tick of the kernel's clock
		if err := os.WriteFile(*write, []byte(time.Now().String()), 0o600); err != nil {
			panic(err)
		}
	}
	if *create != "" {
		time.Sleep(50 * time.Millisecond)
		if err := os.WriteFile(fmt.Sprint(*create, time.Now().UnixNano()), []byte("new"), 0o600); err != nil {
			panic(err)
		}
	}
	if *lock != "" {
		if err := os.WriteFile(*lock, []byte(fmt.Sprint(os.Getpid())), 0o600); err != nil {
			panic(err)
		}
		endSlowly(func() { os.Remove(*lock) })
	}
	var kept *os.File
	if *holdOpen != "" {
		var err error
		if kept, err = os.OpenFile(*holdOpen, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600); err != nil {
			panic(err)
		}
	}
	if *watched != "" {
		watchFolder(*watched)
	}
	requests := 0
	answer := fmt.Sprintf("hello from %s\n", os.Getenv("DEVRUN_SERVICE"))
	if *body != "" {
		data, err := os.ReadFile(*body)
		if err != nil {
			fmt.Fprintln(os.Stderr, "fakeservice:", err)
			os.Exit(1)
		}
		answer = string(data)
	}
	starts := 0
	if *counter != "" {
		appendLine(*counter, "start")
		data, _ := os.ReadFile(*counter)
		starts = strings.Count(string(data), "\n")
	}
	if *pidfile != "" {
		appendLine(*pidfile, fmt.Sprint(os.Getpid()))
	}
	io.WriteString(os.Stdout, *say)
	if *line != "" {
		fmt.Println(*line)
	}
	io.WriteString(os.Stderr, *warn)
	if *env {
		for _, pair := range os.Environ() {
			fmt.Println(pair)
		}
		fmt.Println("args", strings.Join(flag.Args(), " "))
	}
	if *spam > 0 {
		io.CopyN(os.Stdout, endless{}, int64(*spam))
	}
	if *fork != "" {
		grandchild(*fork, *pidfile)
	}
	switch {
	case *die == "SEGV":
		signal.Reset(syscall.SIGSEGV)
		syscall.Kill(os.Getpid(), syscall.SIGSEGV)
		select {}
	case *die == "KILL":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case *exit >= 0:
		os.Exit(*exit)
	case starts > 0 && starts <= *failFirst:
		os.Exit(1)
	case *fork == "server":
		os.Exit(0)
	}
	time.Sleep(*after)
	if *listen == "-" {
		select {}
	}
	switch {
	case *mute:
		hold(*listen, nil)
	case *full:
		hold(*listen, fillQueue)
	default:
		serve(*listen, *noReuse, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == *crash {
				os.Exit(3)
			}
			requests++
			if kept != nil {
				fmt.Fprintln(kept, "request", requests)
			}
			if *logged != "" {
				time.Sleep(50 * time.Millisecond) // see -write
				appendLine(*logged, time.Now().String())
			}
			if *uploads != "" {
				time.Sleep(50 * time.Millisecond) // see -write
				if err := os.WriteFile(fmt.Sprint(*uploads, time.Now().UnixNano(), ".png"), []byte("image"), 0o600); err != nil {
					panic(err)
				}
			}
			if *visits != "" {
				time.Sleep(50 * time.Millisecond) // see -write
				if err := os.WriteFile(*visits, []byte(time.Now().String()), 0o600); err != nil {
					panic(err)
				}
			}
			if *watched != "" {
				data, _ := os.ReadFile(*body)
				answer = string(data)
			}
			status := *code
			if time.Since(began) < *after+*busy {
				status = http.StatusServiceUnavailable
			}
			w.WriteHeader(status)
			io.WriteString(w, answer)
		})
	}
}

// hold takes addr and does nothing with it; take is nil for a listener.
func hold(addr string, take func(addr string) (any, error)) {
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		take = func(string) (any, error) { return net.Listen("unix", path) }
	}
	if take == nil {
		take = func(addr string) (any, error) { return net.Listen("tcp", addr) }
	}
	held, err := take(addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fakeservice:", err)
		os.Exit(1)
	}
	time.Sleep(time.Hour)
	runtime.KeepAlive(held)
}

// endSlowly is a server that finishes its work before it exits.
func endSlowly(finish func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	// Ends with the process.
	go func() {
		<-signals
		finish()
		os.Exit(0)
	}()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// overTLS has the fake service speak TLS.
var overTLS bool

func serve(addr string, noReuse bool, handler http.HandlerFunc) {
	var lc net.ListenConfig
	if noReuse {
		lc.Control = clearReuseAddr
	}
	l, err := lc.Listen(context.Background(), "tcp", addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fakeservice:", err)
		os.Exit(1)
	}
	if overTLS {
		server := httptest.NewUnstartedServer(handler)
		server.Listener.Close()
		server.Listener, server.Config.ErrorLog = l, log.New(io.Discard, "", 0)
		server.StartTLS()
		select {} // until a signal ends it
	}
	if err := http.Serve(l, handler); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(os.Stderr, "fakeservice:", err)
		os.Exit(1)
	}
}

// grandchild starts another process of this program.
func grandchild(kind, pidfile string) {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	args := []string{"-listen", "-"}
	if kind == "server" {
		args = nil
	} else {
		args = append(args, "-ignore-term")
	}
	if pidfile != "" {
		args = append(args, "-pidfile", pidfile)
	}
	cmd := exec.Command(path, args...)
	cmd.Args[0] = "fakeservice"
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: kind == "setsid" || kind == "server"}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
}

func clearReuseAddr(_, _ string, conn syscall.RawConn) error {
	var err error
	if errControl := conn.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0)
	}); errControl != nil {
		return errControl
	}
	return err
}

func appendLine(path, line string) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	fmt.Fprintln(f, line)
}

// endless is a stream of numbered-looking lines.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "0123456789abcde\n"[i%16]
	}
	return len(p), nil
}
