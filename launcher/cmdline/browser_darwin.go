package cmdline

// browserCommand opens url in the default browser.
func browserCommand(url string) []string { return []string{"open", url} }
