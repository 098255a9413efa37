// Package portowner tells who has a TCP port: which sockets have it as their
// local port, which processes have those sockets open, who these are, what they
// were started from, and which container a proxy listens for.
//
// On Linux the kernel is asked for the sockets of one port (sock_diag(7)), and
// /proc/PID/fd is read only of processes that can matter. The other systems
// know sockets by process only and are asked through gopsutil; what they do
// not tell stays unknown. Nothing here is ever guessed.
package portowner
