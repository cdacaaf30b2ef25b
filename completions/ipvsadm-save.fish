# Completion for ipvsadm-save in fish: it has one option.
complete -c ipvsadm-save -f
complete -c ipvsadm-save -n 'not __fish_contains_opt -s n' -s n -d 'print numbers instead of names'
