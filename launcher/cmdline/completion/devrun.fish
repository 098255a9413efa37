# devrun completion for fish. As ~/.config/fish/completions/devrun.fish, or
#     devrun completion fish | source

function __devrun_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l last (commandline -ct)
    # After -- comes a command of its own.
    if set -l dashes (contains -i -- -- $words)
        set -e words[1..$dashes]
        complete -C (string join ' ' -- (string escape -- $words) "$last")
        return
    end
    for line in (devrun __complete $words "$last" 2>/dev/null)
        if test "$line" = :files
            if set -l parts (string match -r '^(-[^=]*=)(.*)$' -- "$last")
                __fish_complete_path "$parts[3]" | string replace -r -- '^' "$parts[2]"
            else
                __fish_complete_path "$last"
            end
        else
            printf '%s\n' $line
        end
    end
end

complete -c devrun -f -a '(__devrun_complete)'
