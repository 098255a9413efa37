# devrun completion for bash 3.2 and later. In ~/.bashrc:
#     eval "$(devrun completion bash)"

# __devrun_command completes the command that begins at word $1.
__devrun_command() {
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif [[ $1 -eq $COMP_CWORD && ${COMP_WORDS[COMP_CWORD]} != */* ]]; then
        __devrun_lines < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}" | sort -u)
    else
        __devrun_files "${COMP_WORDS[COMP_CWORD]}"
    fi
}

__devrun_files() {
    compopt -o filenames 2>/dev/null
    __devrun_lines < <(compgen -f -- "$1")
}

__devrun_lines() {
    local line
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done
}

__devrun() {
    COMPREPLY=()
    local words=() n=0 i word joined= line value
    # Readline makes words of their own of = and :.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == -- && $i -lt $COMP_CWORD ]]; then
            __devrun_command $((i + 1))
            return
        fi
        if [[ $n -gt 0 && (-n $joined || $word == [=:]*) ]]; then
            words[n - 1]+=$word
            joined=
            if [[ $word == [=:]* ]]; then joined=1; fi
        else
            words[n]=$word
            n=$((n + 1))
        fi
    done
    local current=${COMP_WORDS[COMP_CWORD]}
    if [[ $current == [=:] ]]; then current=; fi
    local before=${words[n - 1]%"$current"}
    while IFS= read -r line; do
        value=${line%%$'\t'*}
        if [[ $value == :files ]]; then
            __devrun_files "$current"
            return
        fi
        COMPREPLY+=("${value#"$before"}")
    done < <(devrun __complete "${words[@]}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[:/] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}

complete -F __devrun devrun
