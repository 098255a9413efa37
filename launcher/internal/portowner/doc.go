// Package portowner finds out who has a TCP port: which sockets have it as their
// local port, which processes have those sockets open, how those processes were
// started, and which container a proxy listens for.
//
// On Linux it asks the kernel for the sockets of one port (sock_diag(7)), and
// reads /proc/PID/fd only of processes that can matter. The other systems list
// sockets by process, through gopsutil; what they do not report stays unknown.
// Nothing is guessed.
package portowner
