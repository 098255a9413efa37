package diag

import "testing"

func TestAddressInUse(t *testing.T) {
	for _, tt := range []struct {
		output []string
		want   int
	}{
		{[]string{"Address already in use", "Port 5055 is in use by another program. Either identify and stop that program, or start the server with a different port."}, 5055},
		{[]string{"Port 5055 is in use by another program."}, 5055},
		{[]string{"Error: listen EADDRINUSE: address already in use 127.0.0.1:3000", "  port: 3001"}, 3000},
		{[]string{"OSError: [Errno 98] Address already in use"}, 0},
		{[]string{"port 5055 is used"}, 0},
	} {
		if _, got := addressInUse(tt.output); got != tt.want {
			t.Errorf("%q: got %d; want %d", tt.output, got, tt.want)
		}
	}
}
