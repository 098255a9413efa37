// Package port holds loopback ports for services and remembers which port a
// service was given.
//
// A [Reservation] keeps a port from its start to its end: on Linux by sockets
// that are bound and never listen, so that a server that sets SO_REUSEADDR can
// bind the held port and the kernel gives it to nobody else. [Candidates] orders
// the ports to try, and a [Book] keeps each service's [Assignment] between runs.
package port
