# Completion for ipvsadm-restore in fish: it takes nothing but its standard input.
complete -c ipvsadm-restore -f
