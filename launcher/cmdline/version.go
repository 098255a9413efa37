package cmdline

import (
	"fmt"
	"runtime"
	"runtime/debug"

	urfave "github.com/urfave/cli/v2"
)

// version is the module's version as the build recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development"
	}
	return info.Main.Version
}

// versionCommand prints the version; with --json as
// {"version": …, "go": …, "os": …, "arch": …}.
func (c *cli) versionCommand() *urfave.Command {
	return subcommand("version", "", "print devrun's version", func(ctx *urfave.Context) error {
		if ctx.Bool("json") {
			return c.printJSON(map[string]string{
				"version": version(), "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
			})
		}
		_, err := fmt.Fprintln(c.stdout, "devrun", version(), runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
		return err
	}, jsonFlag())
}
