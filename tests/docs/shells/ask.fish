# Asks our fish completion: for each line of standard input, the candidates, then END.
# First argument: the completions; second: whether the kernel has a table.
for file in $argv[1]/*.fish
    source $file
end
set -g loaded $argv[2]
function __ipvsadm_loaded
    $loaded
end
while read -l line
    complete -C "$line"
    echo END
end
