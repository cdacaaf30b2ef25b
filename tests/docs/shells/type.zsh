# Types into an interactive shell, as a person does: $1 is what sets it up and makes its prompt say
# READY, the rest starts it, and standard input is what to type, with \t for the tabulator key.
zmodload zsh/zpty
tab=$'\t'
set_up=$1
shift
zpty shell "${(j: :)${(q)@}}"
zpty -w shell "$set_up"
while IFS= read -r line; do
    # What is typed before the prompt stands would not be edited.
    zpty -r shell text '*READY'
    zpty -w shell "${line//\\t/$tab}"
done
zpty -r shell text '*READY'
zpty -d shell
