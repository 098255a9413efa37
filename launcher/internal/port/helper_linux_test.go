package port

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"syscall"
)

// helpReserve reserves PORT, prints "ok" or the error, and keeps it.
func helpReserve(args []string) error {
	p, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	r, err := Reserve(p)
	if err != nil {
		fmt.Println(err)
		return untilStdinEnds()
	}
	defer r.Close()
	fmt.Println("ok")
	return untilStdinEnds()
}

// helpMany reserves N ports at once with one SEED, prints each or its error,
// and keeps them.
func helpMany(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	sys, err := ReadSystem()
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	for range n {
		// Ends with its one reservation, which the process keeps.
		group.Go(func() {
			r, err := ReserveFirst(context.Background(), Candidates(Dynamic(), sys, args[1]))
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(r.Port())
		})
	}
	group.Wait()
	return untilStdinEnds()
}

// helpListen listens on ADDR as Go's servers do, or "plain", without
// SO_REUSEADDR. It prints "listening" or "EADDRINUSE".
func helpListen(args []string) error {
	config := net.ListenConfig{}
	if args[1] == "plain" {
		config.Control = clearReuseAddr
	}
	l, err := config.Listen(context.Background(), "tcp", args[0])
	if errors.Is(err, syscall.EADDRINUSE) {
		fmt.Println("EADDRINUSE")
		return untilStdinEnds()
	}
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Println("listening")
	return untilStdinEnds()
}
