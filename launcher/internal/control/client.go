package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"
)

// Ask returns the first answer to req of the devrun that listens on path. It
// waits as long as ctx lets it. An answer with OK false is no error; every error
// is an *AskError: ErrNotRunning, ErrRefused, ErrBusy, ErrEnded, ErrTooLarge, a
// *VersionError, errors.ErrUnsupported, or the context's.
func Ask(ctx context.Context, path string, req Request) (Response, error) {
	var first Response
	var answered bool
	err := Stream(ctx, path, req, func(r Response) error {
		first, answered = r, true
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return Response{}, err
	}
	if !answered {
		return Response{}, &AskError{Path: path, Op: req.Op, Kind: ErrEnded}
	}
	return first, nil
}

// errEnough ends a stream early.
var errEnough = errors.New("enough")

// Stream calls f with every answer to req, until they end or f returns an error,
// which is returned as it is. Its other errors are those of Ask.
func Stream(ctx context.Context, path string, req Request, f func(Response) error) error {
	fail := func(kind, err error) error { return &AskError{Path: path, Op: req.Op, Kind: kind, Err: err} }
	if req.Version == 0 {
		req.Version = Version
	}
	text, err := encode(req)
	if err != nil {
		return fail(err, nil)
	}
	conn, err := dial(ctx, path)
	if err != nil {
		kind := dialKind(ctx, err)
		return fail(kind, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := samePeer(conn); err != nil {
		return fail(ErrRefused, err)
	}
	// Who refuses does so without reading: its reason is worth more than EPIPE.
	_, errWrite := conn.Write(text)
	reader := bufio.NewReader(conn)
	for {
		answer, err := read(reader)
		switch {
		case err != nil && ctx.Err() != nil:
			return fail(context.Cause(ctx), nil)
		case errors.Is(err, ErrTooLarge):
			return fail(ErrTooLarge, nil)
		case err != nil && errWrite != nil:
			return fail(ErrEnded, errWrite)
		case errors.Is(err, io.EOF):
			return fail(ErrEnded, nil)
		case err != nil:
			return fail(ErrEnded, err)
		case answer.End:
			return nil
		}
		if kind := refusal(req, answer.Response); kind != nil {
			return fail(kind, nil)
		}
		if err := f(answer.Response); err != nil {
			return err
		}
	}
}

// refusal returns what of the answer is an error.
func refusal(req Request, r Response) error {
	switch {
	case r.Code == codeRefused:
		return ErrRefused
	case r.Code == codeVersion, r.Version != Version:
		return &VersionError{Ours: req.Version, Theirs: r.Version}
	case r.Code == codeBusy:
		return ErrBusy
	}
	return nil
}

// read returns the next line of answers.
func read(reader *bufio.Reader) (line, error) {
	var text []byte
	for {
		piece, err := reader.ReadSlice('\n')
		text = append(text, piece...)
		if len(text) > MaxMessage {
			return line{}, ErrTooLarge
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return line{}, err
		}
		break
	}
	var l line
	err := json.Unmarshal(text, &l)
	return l, err
}

// dialKind says what a failed connect means.
func dialKind(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, errors.ErrUnsupported):
		return errors.ErrUnsupported
	case nobody(err):
		return ErrNotRunning
	case errors.Is(err, os.ErrPermission):
		return ErrRefused
	}
	return err
}
