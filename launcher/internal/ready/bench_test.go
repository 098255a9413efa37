package ready

import (
	"io"
	"net"
	"testing"
)

// BenchmarkOnce measures one try over a connection of its own. Each leaves a local
// port in TIME_WAIT, so run it with -benchtime 2000x.
func BenchmarkOnce(b *testing.B) {
	addr := serve(b, "127.0.0.1:0", func(conn net.Conn) {
		request(conn)
		io.WriteString(conn, ok200)
		io.Copy(io.Discard, conn)
	})
	for _, check := range []Check{{Kind: TCP}, {Kind: HTTP, Path: "/"}} {
		b.Run(check.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if answer := Once(b.Context(), addr, check); answer.Err != nil {
					b.Fatal(answer.Err)
				}
			}
		})
	}
}
