# Asks our bash completion: for each line of standard input, the candidates, then END.
# $1: the completions; $2: whether the kernel has a table.
source "$1/ipvsadm.bash"
eval "_ipvsadm_loaded() { $2; }"
while IFS= read -r line; do
    read -ra words <<<"$line"
    [[ $line != *' ' ]] || words+=('')
    COMP_LINE=$line COMP_POINT=${#line} COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
    COMPREPLY=()
    command=${words[0]}
    function=$(complete -p "$command") && function=${function#*-F } && function=${function%% *}
    "$function" "$command" "${words[-1]}"
    # What bash takes for a word begins after the last of these.
    before=${words[-1]%"${words[-1]##*[=:]}"}
    for reply in "${COMPREPLY[@]}"; do printf '%s\n' "$before$reply"; done
    echo END
done
