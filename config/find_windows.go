package config

// planted reports nothing: each user has temporary folders of their own here,
// and no folder that a project lies in is open to all by default.
func planted(string) bool { return false }
