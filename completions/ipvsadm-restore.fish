# Completion for ipvsadm-restore in fish: some options of ipvsadm -R, and no operands.
complete -c ipvsadm-restore -f
function __ipvsadm_restore_option -a name text
    set -l with $argv[3..-1]
    complete -c ipvsadm-restore -n "not __fish_contains_opt $name" -l $name -d $text $with
end
__ipvsadm_restore_option check 'read and verify everything, apply nothing'
__ipvsadm_restore_option dry-run 'print the changes, make none'
__ipvsadm_restore_option exist 'what is there is edited, what is missing counts as deleted'
__ipvsadm_restore_option wait 'how long to wait for another such run' -x
__ipvsadm_restore_option input 'read the rules from a file' -r -F
__ipvsadm_restore_option netns 'work in this network namespace' -x \
    -a '(command ip netns list 2>/dev/null | string replace -r " .*" "")'
complete -c ipvsadm-restore -n 'not __fish_contains_opt quiet verbose' -l quiet \
    -d 'print nothing on standard error'
complete -c ipvsadm-restore -n 'not __fish_contains_opt quiet verbose' -l verbose \
    -d 'print requests and answers on standard error'
