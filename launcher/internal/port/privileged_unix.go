//go:build !windows

package port

// usualUnprivileged is where the ports of the administrator end by tradition,
// and in Linux as long as nothing else was set (PROT_SOCK, linux/net.h).
const usualUnprivileged = 1024
