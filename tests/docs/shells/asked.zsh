# Settings of the zsh that is asked: the tabulator key writes the candidates into a file.
PROMPT=
# Or it asks whether so many are to be shown.
LISTMAX=10000
fpath=($COMPLETIONS $fpath)
autoload -Uz compinit && compinit -D -u
_ipvsadm_loaded() { $LOADED }
compadd() {
    # With these options nothing is offered, only worked out.
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi
    local -a hits before hidden
    builtin compadd -A hits "$@"
    zparseopts -E P:=before p:=hidden
    local hit
    for hit in $hits; do print -r -- "$IPREFIX$before[2]$hidden[2]$hit" >>$ANSWERS; done
    builtin compadd "$@"
}
answer() {
    zle list-choices
    print -r -- END >>$ANSWERS
    BUFFER=
}
zle -N answer
bindkey '^I' answer
print -r -- END >>$ANSWERS
