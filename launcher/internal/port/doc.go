// Package port holds loopback ports for services and remembers which port a
// service was given.
//
// A [Reservation] keeps a port from its start to its end: on Linux by sockets
// that are bound and never listen, so that a server which sets SO_REUSEADDR can
// bind the port while it is held and nothing else can be given it. [Candidates]
// says in which order ports are tried, and a [Book] keeps each service's
// [Assignment] between runs.
package port
