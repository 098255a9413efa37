// Package netns runs tests in a network namespace of their own. Only tests
// import it.
package netns
