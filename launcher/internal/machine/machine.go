// Package machine finds out facts about this machine that devrun depends on:
// how localhost resolves, whether loopback carries TCP, limits of the system, the
// clock of files, the state folder. It changes nothing and judges nothing.
package machine
