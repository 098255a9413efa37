package diag

// functions are commands that are functions of an interactive shell, with what defines them, as
// the manual of each says.
var functions = map[string]string{
	"nvm":         `. "${NVM_DIR:-$HOME/.nvm}/nvm.sh" && `,
	"rvm":         `. "$HOME/.rvm/scripts/rvm" && `,
	"sdk":         `. "${SDKMAN_DIR:-$HOME/.sdkman}/bin/sdkman-init.sh" && `,
	"conda":       `eval "$("${CONDA_EXE:-$HOME/miniconda3/bin/conda}" shell.bash hook)" && `,
	"mamba":       `eval "$("${MAMBA_EXE:-mamba}" shell hook --shell bash)" && `,
	"micromamba":  `eval "$("${MAMBA_EXE:-micromamba}" shell hook --shell bash)" && `,
	"chruby":      `. /usr/local/share/chruby/chruby.sh && `,
	"chruby-exec": `. /usr/local/share/chruby/chruby.sh && `,
	"asdf":        `. "${ASDF_DIR:-$HOME/.asdf}/asdf.sh" && `,
	"nodenv":      `eval "$("$HOME/.nodenv/bin/nodenv" init - bash)" && `,
	"rbenv":       `eval "$("$HOME/.rbenv/bin/rbenv" init - bash)" && `,
	"pyenv":       `eval "$("${PYENV_ROOT:-$HOME/.pyenv}/bin/pyenv" init - bash)" && `,
	"workon":      `. virtualenvwrapper.sh && `,
	"nvs":         `. "${NVS_HOME:-$HOME/.nvs}/nvs.sh" && `,
	"gvm":         `. "$HOME/.gvm/scripts/gvm" && `,
}

// functionOf returns what a shell must read first so that it knows a command that is
// a function; ok is false for any other command.
func functionOf(name string) (load string, ok bool) {
	load, ok = functions[name]
	return load, ok
}
