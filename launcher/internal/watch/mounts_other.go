//go:build !linux

package watch

// polledMounts knows of none: network file systems are not told apart here,
// and changes made on other machines may go unseen unless Spec.PollOnly is set.
func polledMounts([]string) map[string]string { return map[string]string{} }
