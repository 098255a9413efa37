#compdef devrun
# devrun completion for zsh. In ~/.zshrc, after compinit:
#     source <(devrun completion zsh)
# or as a file _devrun in a folder of $fpath.

_devrun() {
    local -a closed open
    local line value about
    integer dashes=${words[(i)--]}
    if (( dashes < CURRENT )); then
        # After -- comes a command of its own.
        shift $dashes words
        (( CURRENT -= dashes ))
        _normal
        return
    fi
    for line in "${(@f)$(devrun __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
        value=${line%%$'\t'*}
        about=${line#$value}
        about=${about#$'\t'}
        case $value in
        '') ;;
        :files)
            compset -P '-*='
            _files
            return
            ;;
        *[:/]) open+=("${value//:/\\:}:$about") ;;
        *) closed+=("${value//:/\\:}:$about") ;;
        esac
    done
    local found=1
    if (( $#closed )); then _describe -V devrun closed && found=0; fi
    if (( $#open )); then _describe -V devrun open -S '' && found=0; fi
    return found
}

if [[ $funcstack[1] == _devrun ]]; then
    _devrun "$@"
else
    compdef _devrun devrun
fi
