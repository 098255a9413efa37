package control

import (
	"context"
	"encoding/json"
	"time"
)

// Ask sends req to the devrun that listens on path and decodes the answer's data
// into data, which may be nil. It waits until ctx ends. Its errors are an
// *AnswerError, and a *SocketError for a request that was not answered:
// ErrNotRunning, ErrRefused, ErrEnded, errors.ErrUnsupported, or the context's.
func Ask(ctx context.Context, path string, req Request, data any) error {
	fail := func(err error) error { return &SocketError{Op: "ask devrun at", Path: path, Err: err} }
	conn, err := dial(ctx, path)
	if err != nil {
		return fail(err)
	}
	defer conn.Close()
	if err := checkPeer(conn); err != nil {
		return fail(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	var a answer
	// A server that refuses does so without reading, and its answer says more
	// than EPIPE does.
	_ = json.NewEncoder(conn).Encode(req)
	switch err := json.NewDecoder(conn).Decode(&a); {
	case ctx.Err() != nil:
		return fail(context.Cause(ctx))
	case err != nil:
		return fail(ErrEnded)
	case !a.OK:
		return &AnswerError{Text: a.Error}
	case data != nil:
		return json.Unmarshal(a.Data, data)
	}
	return nil
}
