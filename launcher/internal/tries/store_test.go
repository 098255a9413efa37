package tries

import (
	"bufio"
	"context"
	"io"
	"net"
	"testing"
)

// A database that is still starting says so in its own protocol; any other answer is
// one of a server that serves.
func TestStores(t *testing.T) {
	redis := Redis
	postgres := func(ctx context.Context, conn net.Conn) error { return Postgres(ctx, conn, "shop") }
	for _, test := range []struct {
		name   string
		ask    func(context.Context, net.Conn) error
		answer string
		want   Outcome // empty: it serves
	}{
		{"pong", redis, "+PONG\r\n", ""},
		{"password", redis, "-NOAUTH Authentication required.\r\n", ""},
		{"loading", redis, "-LOADING Redis is loading the dataset in memory\r\n", Starting},
		{"silent end", redis, "", Closed},
		{"wants a password", postgres, "R\x00\x00\x00\x08\x00\x00\x00\x0a", ""},
		{"no such role", postgres, "E\x00\x00\x00\x20SFATAL\x00C28000\x00Mrole\x00\x00", ""},
		{"starting", postgres, "E\x00\x00\x00\x20SFATAL\x00VFATAL\x00C57P03\x00Mthe database system is starting up\x00\x00", Starting},
		{"silent end", postgres, "", Closed},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := net.Pipe()
			done := make(chan struct{})
			go func() { // Ends when both have closed.
				defer close(done)
				bufio.NewReader(server).ReadByte()
				go io.Copy(io.Discard, server)
				io.WriteString(server, test.answer)
				server.Close()
			}()
			err := test.ask(t.Context(), client)
			if got := Of(t.Context(), err); err == nil && test.want != "" || err != nil && got != test.want {
				t.Errorf("got %q (%v); want %q", got, err, test.want)
			}
			<-done
		})
	}
}

// The end of ctx ends the wait for a database that says nothing.
func TestStoreSilent(t *testing.T) {
	for _, ask := range []func(context.Context, net.Conn) error{Redis, func(ctx context.Context, conn net.Conn) error { return Postgres(ctx, conn, "shop") }} {
		client, server := net.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		go func() { // Ends when the client closes.
			bufio.NewReader(server).ReadByte()
			cancel()
			io.Copy(io.Discard, server)
		}()
		if err := ask(ctx, client); Of(ctx, err) != CutShort {
			t.Errorf("got %v; want the end of ctx", err)
		}
		server.Close()
	}
}
