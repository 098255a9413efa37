package port

import (
	"encoding/binary"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

const testKind = 18

// errorMessage is what the kernel answers to a request that fails.
func errorMessage(errno unix.Errno) []byte {
	return netlinkMessage(unix.NLMSG_ERROR, 0, binary.NativeEndian.AppendUint32(nil, -uint32(errno)))
}

func TestParseAnswers(t *testing.T) {
	one := netlinkMessage(testKind, 0, []byte("1"))
	padded := append(slices.Clone(one), 0, 0, 0)
	end := netlinkMessage(unix.NLMSG_DONE, 0, make([]byte, 4))
	for _, test := range []struct {
		name  string
		in    []byte
		count int
		done  bool
		err   error
	}{
		{"two and end", slices.Concat(padded, padded, end), 2, true, nil},
		{"more to come", padded, 1, false, nil},
		{"last without padding", one, 1, false, nil},
		{"of another kind", netlinkMessage(testKind+1, 0, nil), 0, false, nil},
		{"empty", nil, 0, false, nil},
		{"error", errorMessage(unix.ENOENT), 0, false, unix.ENOENT},
		{"cut header", one[:8], 0, false, nil},
		{"cut body", netlinkMessage(testKind, 0, make([]byte, 40))[:40], 0, false, unix.EBADMSG},
		{"length below the header's", make([]byte, unix.NLMSG_HDRLEN), 0, false, unix.EBADMSG},
		{"short error", netlinkMessage(unix.NLMSG_ERROR, 0, nil), 0, false, unix.EBADMSG},
	} {
		bodies, done, err := parseAnswers(test.in, testKind)
		if len(bodies) != test.count || done != test.done || err != test.err {
			t.Errorf("%s: parseAnswers = %q, %v, %v; want %d, %v, %v", test.name, bodies, done, err, test.count, test.done, test.err)
		}
		for _, body := range bodies {
			if string(body) != "1" {
				t.Errorf("%s: body = %q; want 1", test.name, body)
			}
		}
	}
}

func FuzzParseAnswers(f *testing.F) {
	f.Add(netlinkMessage(testKind, 0, make([]byte, 72)))
	f.Add(netlinkMessage(unix.NLMSG_DONE, 0, make([]byte, 4)))
	f.Add(errorMessage(unix.EINVAL))
	f.Fuzz(func(t *testing.T, b []byte) {
		bodies, _, err := parseAnswers(b, testKind)
		total := 0
		for _, body := range bodies {
			total += unix.NLMSG_HDRLEN + len(body)
			parseSocket(body)
		}
		if total > len(b) {
			t.Errorf("parseAnswers of %d bytes = %d bytes, %v", len(b), total, err)
		}
	})
}

func TestUnixSocketExists(t *testing.T) {
	fd := takeName(t, freePort(t))
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		t.Fatal(err)
	}
	if !unixSocketExists(uint32(stat.Ino)) {
		t.Error("unixSocketExists of an open socket = false; want true")
	}
	unix.Close(fd)
	awaitCopies(func() bool { return unixSocketExists(uint32(stat.Ino)) })
	if unixSocketExists(uint32(stat.Ino)) {
		t.Error("unixSocketExists of a closed socket = true; want false")
	}
}
