//go:build !linux && !windows

package port

func unprivileged() int { return usualUnprivileged }
