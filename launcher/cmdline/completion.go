package cmdline

import (
	_ "embed"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

var (
	//go:embed completion/devrun.bash
	completionBash string
	//go:embed completion/devrun.zsh
	completionZsh string
	//go:embed completion/devrun.fish
	completionFish string
	//go:embed completion/devrun.ps1
	completionPowerShell string
)

// shell is a shell that completes with a script, which calls devrun for candidates.
type shell struct{ name, about, script string }

func shells() []shell {
	return []shell{
		{"bash", `eval "$(devrun completion bash)", in ~/.bashrc`, completionBash},
		{"zsh", "source <(devrun completion zsh), in ~/.zshrc after compinit", completionZsh},
		{"fish", "devrun completion fish > ~/.config/fish/completions/devrun.fish", completionFish},
		{"powershell", "devrun completion powershell | Out-String | Invoke-Expression, in $PROFILE", completionPowerShell},
	}
}

// completionCommand prints a script that makes a shell complete devrun's
// command lines.
func (c *cli) completionCommand() *urfave.Command {
	return subcommand("completion", "SHELL", "print a shell's completion script", func(ctx *urfave.Context) error {
		var names []string
		for _, s := range shells() {
			names = append(names, s.name)
		}
		if ctx.NArg() != 1 {
			return &UsageError{Message: "completion takes the name of one shell: " + strings.Join(names, ", "), Try: "devrun completion bash"}
		}
		i := slices.Index(names, ctx.Args().First())
		if i < 0 {
			return usagef("completion %s: want %s", ctx.Args().First(), strings.Join(names, ", "))
		}
		_, err := c.stdout.Write([]byte(shells()[i].script))
		return err
	})
}
