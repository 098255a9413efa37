package cmdline

// browserCommand opens url in the default browser.
func browserCommand(url string) []string {
	return []string{"rundll32", "url.dll,FileProtocolHandler", url}
}
