# Completion for ipvsadm, ipvsadm-save and ipvsadm-restore in bash 4.2 or later.
#
# It offers what goes with the command already typed, and where a service or a server is asked for,
# those that the kernel has. Install it as "ipvsadm" in /usr/share/bash-completion/completions, with
# links to it called ipvsadm-save and ipvsadm-restore; or source it from ~/.bashrc.
#
# To add an option: a line in _ipvsadm_letters, one in _ipvsadm_values if it takes a value, and its
# name at the commands that take it. The tests hold these tables against the program's own.

# Every command and option, with its one-letter spellings.
declare -gA _ipvsadm_letters=(
    [add-service]=A [edit-service]=E [delete-service]=D [clear]=C [restore]=R [save]=S
    [add-server]=a [edit-server]=e [delete-server]=d [list]=Ll [zero]=Z [set]=
    [start-daemon]= [stop-daemon]= [diagnose]= [help]=h [version]=v
    [tcp-service]=t [udp-service]=u [sctp-service]= [fwmark-service]=f [ipv6]=6
    [scheduler]=s [pe]= [persistent]=p [no-persistent]= [netmask]=M [ops]=o [no-ops]= [sched-flags]=b
    [real-server]=r [gatewaying]=g [ipip]=i [masquerading]=m
    [tun-type]= [tun-port]= [tun-nocsum]= [tun-csum]= [tun-remcsum]=
    [weight]=w [u-threshold]=x [l-threshold]=y
    [exist]= [keep]= [drain]= [ramp]= [only]= [except]= [report]=
    [mcast-interface]= [syncid]= [sync-maxlen]= [mcast-group]= [mcast-port]= [mcast-ttl]=
    [check]= [replace]= [keep-weights]= [dry-run]= [atomic]= [wait]= [input]= [all]= [output]=
    [numeric]=n [connection]=c [timeout]= [daemon]= [status]= [stats]= [rate]= [exact]=X [thresholds]=
    [persistent-conn]= [tun-info]= [json]= [metrics]= [sum]= [states]= [watch]= [count]= [sort-by]=
    [only-active]= [nosort]= [sort]= [color]=
    [client]= [state]= [protocol]= [expires-within]= [expires-after]= [origin]= [count-by]= [top]= [probe]= [as-server]= [director]=
    [netns]= [quiet]= [verbose]=
)

# Those that take a value, and what kind; "any" has nothing to offer.
declare -gA _ipvsadm_values=(
    [start-daemon]=role [stop-daemon]=role
    [tcp-service]=service [udp-service]=service [sctp-service]=service [fwmark-service]=service
    [scheduler]=scheduler [pe]=engine [persistent]=optional [netmask]=any [sched-flags]=flags
    [real-server]=server [tun-type]=tunnel [tun-port]=any [weight]=any
    [u-threshold]=any [l-threshold]=any
    [mcast-interface]=interface [syncid]=any [sync-maxlen]=any [mcast-group]=any
    [mcast-port]=any [mcast-ttl]=any [wait]=any [input]=file [output]=file
    [watch]=optional [count]=any [sort-by]=key [sum]=detail [color]=when [netns]=namespace
    [keep-weights]=optional [drain]=optional [ramp]=any
    [only]=any [except]=any [director]=any
    [client]=any [state]=states [protocol]=protocol [expires-within]=any [expires-after]=any
    [count-by]=counts [top]=any
)

# The options of each command.
_ipvsadm_service='tcp-service udp-service sctp-service fwmark-service ipv6'
_ipvsadm_service_options='scheduler pe persistent netmask ops sched-flags'
_ipvsadm_forwarding='gatewaying ipip masquerading tun-type tun-port tun-nocsum tun-csum tun-remcsum'
_ipvsadm_server_options="real-server $_ipvsadm_forwarding weight u-threshold l-threshold"
declare -gA _ipvsadm_commands=(
    [add-service]="$_ipvsadm_service $_ipvsadm_service_options exist"
    [edit-service]="$_ipvsadm_service $_ipvsadm_service_options no-persistent no-ops exist keep"
    [delete-service]="$_ipvsadm_service exist drain only except"
    [clear]='only except'
    [restore]='json check replace keep-weights dry-run atomic exist wait input only except'
    [save]='numeric json all output only except'
    [add-server]="$_ipvsadm_service $_ipvsadm_server_options exist ramp"
    [edit-server]="$_ipvsadm_service $_ipvsadm_server_options exist keep ramp"
    [delete-server]="$_ipvsadm_service real-server exist drain"
    [list]="$_ipvsadm_service numeric connection timeout daemon status stats rate exact thresholds
        persistent-conn tun-info json metrics sum states watch count sort-by only-active nosort sort only except color
        real-server client state protocol expires-within expires-after origin count-by top"
    [zero]="$_ipvsadm_service only except"
    [set]=
    [start-daemon]='mcast-interface syncid sync-maxlen mcast-group mcast-port mcast-ttl'
    [stop-daemon]=syncid
    [diagnose]="json color probe as-server director ${_ipvsadm_service% fwmark*} $_ipvsadm_forwarding" [help]= [version]=
)
# Those of the commands that change something.
for _ipvsadm_name in {add,edit,delete}-{service,server} clear zero set {start,stop}-daemon; do
    _ipvsadm_commands[$_ipvsadm_name]+=' report json'
done
_ipvsadm_commands[restore]+=' report'
# Those of every command but the last two.
for _ipvsadm_name in "${!_ipvsadm_commands[@]}"; do
    [[ $_ipvsadm_name == @(help|version) ]] || _ipvsadm_commands[$_ipvsadm_name]+=' netns quiet verbose'
done
unset _ipvsadm_name
unset _ipvsadm_service _ipvsadm_service_options _ipvsadm_forwarding _ipvsadm_server_options

# Options of which the first goes with none of the others.
_ipvsadm_conflicts=(
    'tcp-service udp-service sctp-service fwmark-service timeout daemon status only except'
    'udp-service sctp-service fwmark-service timeout daemon status only except'
    'sctp-service fwmark-service timeout daemon status only except'
    'fwmark-service timeout daemon status only except'
    'connection timeout daemon status stats rate thresholds metrics sort-by only-active only except'
    'timeout daemon status stats rate thresholds metrics persistent-conn sort-by only-active only except'
    'daemon status stats rate thresholds metrics persistent-conn sort-by only-active only except'
    'status stats rate thresholds metrics persistent-conn sort-by only-active only except'
    'states tcp-service udp-service sctp-service fwmark-service only except'
    'metrics json watch' 'nosort sort-by' 'count-by origin persistent-conn' 'origin persistent-conn' 'drain only except' 'all only except'
    'gatewaying ipip masquerading' 'ipip masquerading'
    'tun-nocsum tun-csum tun-remcsum' 'tun-csum tun-remcsum'
    'persistent no-persistent' 'ops no-ops'
    'atomic replace' 'as-server probe' 'quiet verbose' 'report check dry-run'
)

# Options that make sense only where one of these was given; "command/option" holds for one command.
declare -gA _ipvsadm_needs=(
    [ramp]=weight [ipv6]=fwmark-service [dry-run]=replace [keep-weights]=replace [wait]='replace atomic' [count]=watch [sum]=metrics [states]=metrics
    [tun-type]=ipip [tun-port]=tun-type=gue [tun-remcsum]=tun-type=gue
    [json]=report [list/json]= [save/json]= [restore/json]= [diagnose/json]=
    [restore/only]='replace check' [restore/except]='replace check'
    [diagnose/tcp-service]=as-server [diagnose/udp-service]=as-server [diagnose/sctp-service]=as-server
    [diagnose/gatewaying]=as-server [diagnose/ipip]=as-server [diagnose/masquerading]=as-server [director]=masquerading
    [no-persistent]=keep [no-ops]=keep [edit-service/exist]=keep [edit-server/exist]=keep
    [tun-nocsum]='tun-type=gue tun-type=gre' [tun-csum]='tun-type=gue tun-type=gre'
    [list/real-server]=connection
    [client]=connection [state]=connection [protocol]=connection [expires-within]=connection
    [expires-after]=connection [origin]=connection [count-by]=connection [top]=count-by
)

# Whether the kernel has a table to look into: a key press should not load a module.
_ipvsadm_loaded() { [[ -e /proc/net/ip_vs ]]; }

# The kernel's table as rules; nothing where it cannot be read.
_ipvsadm_rules() {
    _ipvsadm_loaded && ipvsadm ${seen[netns]:+--netns "${seen[netns]}"} -Sn 2>/dev/null
}

# Whether a word may be the name of an option. A name that does not pass is never used as a subscript: bash before
# 5.2 expands the subscripts of -v and of assignments once more, which would run what was typed as --$(command).
_ipvsadm_is_name() { # word
    [[ $1 && $1 != *[!a-z0-9-]* ]]
}

# Notes an option in the caller's $verb, ${seen[@]} and $pending (the option whose value follows).
_ipvsadm_note() { # name [value]
    local name=$1
    _ipvsadm_is_name "$name" || return 0
    [[ -v "_ipvsadm_letters[$name]" ]] || return 0
    [[ $verb || ! -v "_ipvsadm_commands[$name]" ]] || verb=$name
    seen[$name]=${2-}
    [[ ! -v "_ipvsadm_values[$name]" || $# -gt 1 ]] || pending=$name
}

# Notes the options of a word such as -Ln or -w50.
_ipvsadm_cluster() { # letters
    local rest=$1 name
    while [[ $rest ]]; do
        for name in "${!_ipvsadm_letters[@]}"; do
            [[ ${_ipvsadm_letters[$name]} == *"${rest:0:1}"* ]] || continue
            if [[ -v "_ipvsadm_values[$name]" && ${#rest} -gt 1 ]]; then
                rest=${rest:1}
                _ipvsadm_note "$name" "${rest#=}"
                return
            fi
            _ipvsadm_note "$name"
            break
        done
        rest=${rest:1}
    done
}

# Reads the words before the current one.
_ipvsadm_read() { # words
    local word
    for word; do
        if [[ $pending ]]; then
            if [[ ${_ipvsadm_values[$pending]} != optional || $word != -* ]]; then
                seen[$pending]=$word
                pending=
                continue
            fi
            pending=
        fi
        case $word in
            --*=*) word=${word#--} && _ipvsadm_note "${word%%=*}" "${word#*=}" ;;
            --?*) _ipvsadm_note "${word#--}" ;;
            -?*) _ipvsadm_cluster "${word#-}" ;;
        esac
    done
}

# Whether an option goes with what was typed.
_ipvsadm_goes() { # name
    local name=$1 line need
    [[ ! -v "seen[$name]" ]] || return 1
    for line in "${_ipvsadm_conflicts[@]}"; do
        local first=${line%% *} other
        for other in ${line#* }; do
            [[ $first != "$name" || ! -v "seen[$other]" ]] || return 1
            [[ $other != "$name" || ! -v "seen[$first]" ]] || return 1
        done
    done
    local needs=${_ipvsadm_needs[$verb/$name]-${_ipvsadm_needs[$name]-}}
    [[ $needs ]] || return 0
    for need in $needs; do
        if [[ $need == *=* ]]; then
            [[ ${seen[${need%%=*}]-} == "${need#*=}" ]] && return
        else
            [[ -v "seen[$need]" ]] && return
        fi
    done
    return 1
}

# Prints the commands, or the options that go with what was typed, in all spellings.
_ipvsadm_options() {
    local name names letters
    if [[ $verb ]]; then
        names=${_ipvsadm_commands[$verb]}
    else
        names=${!_ipvsadm_commands[*]}
    fi
    for name in $names; do
        _ipvsadm_goes "$name" || continue
        # Not echo, which would take -n and -E for its own.
        printf '%s\n' "--$name"
        for ((letters = 0; letters < ${#_ipvsadm_letters[$name]}; letters++)); do
            printf '%s\n' "-${_ipvsadm_letters[$name]:letters:1}"
        done
    done
}

# The option that selects a service as rules have it: -t, --sctp-service.
_ipvsadm_selector() { # name
    local letter=${_ipvsadm_letters[$1]}
    if [[ $letter ]]; then printf '%s\n' "-$letter"; else printf '%s\n' "--$1"; fi
}

# Prints the services that the kernel has.
_ipvsadm_services() { # name of the option
    local option rule selector address
    option=$(_ipvsadm_selector "$1")
    while read -r rule selector address _; do
        [[ "$rule $selector" != "-A $option" ]] || echo "$address"
    done < <(_ipvsadm_rules)
}

# Prints the servers of the service already typed.
_ipvsadm_servers() {
    local name option line
    for name in tcp-service udp-service sctp-service fwmark-service; do
        [[ -v "seen[$name]" ]] || continue
        option="-a $(_ipvsadm_selector "$name") ${seen[$name]}"
        [[ ! -v 'seen[ipv6]' ]] || option+=' -6'
        while read -r line; do
            [[ $line == "$option -r "* ]] || continue
            line=${line#"$option -r "}
            echo "${line%% *}"
        done < <(_ipvsadm_rules)
    done
}

# Prints a list that may go on: what stands before its last comma, and each word that is not in it.
_ipvsadm_list() { # words
    local given= part
    [[ $cur != *,* ]] || given=${cur%,*},
    for part; do [[ ,$given == *",$part,"* ]] || echo "$given$part"; done
}

# Prints what the value of an option can be.
_ipvsadm_value() { # name
    local part
    case ${_ipvsadm_values[$1]} in
        role) printf '%s\n' master backup ;;
        service) [[ $verb == add-service ]] || _ipvsadm_services "$1" ;;
        server) [[ $verb == add-server ]] || _ipvsadm_servers ;;
        scheduler) printf '%s\n' rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh twos ;;
        engine) echo sip ;;
        tunnel) printf '%s\n' ipip gue gre ;;
        when) printf '%s\n' auto always never ;;
        detail) printf '%s\n' service all ;;
        key) printf '%s\n' connections rate weight address ;;
        interface) for part in /sys/class/net/*; do [[ ! -d $part ]] || echo "${part##*/}"; done ;;
        namespace) ip netns list 2>/dev/null | while read -r part _; do echo "$part"; done ;;
        file) compgen -f -- "$cur" ;;
        flags)
            case ${seen[scheduler]-} in
                sh | mh) set -- "${seen[scheduler]}-fallback" "${seen[scheduler]}-port" ;;
                *) set -- flag-1 flag-2 flag-3 ;;
            esac
            _ipvsadm_list "$@"
            ;;
        states)
            _ipvsadm_list NONE ASSURED ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT TIME_WAIT CLOSE \
                CLOSE_WAIT LAST_ACK LISTEN SYNACK UDP INIT1 INIT C-SENT C-REPLIED C-WAIT COOKIE \
                C-ECHOED S-SENT S-RECEIVED S-ACK-SENT REJECTED CLOSED
            ;;
        protocol) printf '%s\n' tcp udp sctp ip ;;
        counts) [[ $cur == *,*,* ]] || _ipvsadm_list client service server state origin ;;
    esac
}

_ipvsadm() {
    # Bash takes words apart at colons, of which addresses are full: so the line itself is read.
    local line=${COMP_LINE:0:COMP_POINT} cur= verb= pending= word
    local -a words
    local -A seen=()
    read -ra words <<<"$line"
    if [[ $line == *[![:blank:]] && ${#words[@]} -gt 0 ]]; then
        cur=${words[-1]}
        unset 'words[-1]'
    fi
    _ipvsadm_read "${words[@]:1}"

    local kept=
    if [[ ! $pending && $cur == --*=* ]]; then
        kept=${cur%%=*}=
        pending=${kept:2:-1}
        cur=${cur#*=}
        _ipvsadm_is_name "$pending" && [[ -v "_ipvsadm_values[$pending]" ]] || return 0
    fi
    local -a found
    if [[ $pending && ${_ipvsadm_values[$pending]} != optional ]]; then
        [[ ${_ipvsadm_values[$pending]} != file ]] || compopt -o filenames 2>/dev/null
        mapfile -t found < <(_ipvsadm_value "$pending")
    else
        mapfile -t found < <(_ipvsadm_options)
    fi

    # Bash replaces only what follows the last character that breaks words.
    local typed=$kept$cur breaks=${COMP_WORDBREAKS-}
    local before=${typed%"${typed##*[$breaks]}"}
    COMPREPLY=()
    for word in "${found[@]}"; do
        [[ $word == "$cur"* ]] || continue
        word=$kept$word
        COMPREPLY+=("${word#"$before"}")
    done
}

_ipvsadm_save() {
    local option=-n
    COMPREPLY=()
    [[ " ${COMP_WORDS[*]:0:COMP_CWORD} " != *" $option "* ]] || return 0
    [[ $option != "${COMP_WORDS[COMP_CWORD]}"* ]] || COMPREPLY=("$option")
}

_ipvsadm_restore() {
    local current=${COMP_WORDS[COMP_CWORD]} option typed=" ${COMP_WORDS[*]:0:COMP_CWORD} "
    COMPREPLY=()
    case ${COMP_WORDS[COMP_CWORD-1]} in
        --input)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return 0
            ;;
        --wait | --netns) return 0 ;;
    esac
    for option in --check --dry-run --exist --wait --input --netns --quiet --verbose; do
        [[ $typed != *" $option "* && $option == "$current"* ]] || continue
        [[ $option != --quiet || $typed != *" --verbose "* ]] || continue
        [[ $option != --verbose || $typed != *" --quiet "* ]] || continue
        COMPREPLY+=("$option")
    done
}

complete -F _ipvsadm ipvsadm
complete -F _ipvsadm_save ipvsadm-save
complete -F _ipvsadm_restore ipvsadm-restore
