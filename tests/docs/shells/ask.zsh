# Asks our zsh completion: for each line of standard input, the candidates, then END.
#
# Completion works only in a line editor, so this drives a second zsh through a pseudo terminal.
# $1: the completions; $2: whether the kernel has a table; $3: the second shell's settings;
# $4: a directory for what it answers.
zmodload zsh/zpty zsh/zselect
answers=$4/answers noise=$4/noise
: >$answers >$noise
export ANSWERS=$answers LOADED=$2 COMPLETIONS=$1
zpty -b shell zsh -f -i
zpty -w shell "source $3"

# No program is started while waiting: a fork each time would take longer than the answer.
exec {reading}<$answers
integer ended=0
await() { # number of answers
    local text line
    integer tries
    while (( ended < $1 )); do
        # It waits where nobody reads what it lists.
        while zpty -r -t shell text; do print -rn -- "$text" >>$noise; done
        while IFS= read -r -u $reading line; do
            if [[ $line == END ]]; then (( ++ended )); fi
        done
        (( ended >= $1 )) || zselect -t 1
        (( ++tries < 3000 )) || { print -u2 "no answer $1"; exit 1 }
    done
}

await 1
integer asked=1
while IFS= read -r line; do
    zpty -w -n shell "$line"$'\t'
    await $(( ++asked ))
done
zpty -d shell
# The first END says that the shell is ready.
tail -n +2 $answers
# Errors of the completion would stand in the terminal.
grep -a '_ipvsadm' $noise >&2
exit 0
