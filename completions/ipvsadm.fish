# Completion for ipvsadm in fish 3.1 or later.
#
# It offers what goes with the command already typed, and where a service or a server is asked for,
# those that the kernel has. Install it in /usr/share/fish/vendor_completions.d.
#
# To add an option: a line at the end, and its name at the commands that take it. The tests hold
# these tables against the program's own.

# The options of a command.
function __ipvsadm_options_of -a verb
    contains -- $verb help version; or printf '%s\n' netns quiet verbose
    contains -- $verb list save diagnose help version; or printf '%s\n' report
    contains -- $verb list save restore diagnose help version; or printf '%s\n' json
    set -l service tcp-service udp-service sctp-service fwmark-service ipv6
    set -l forwarding gatewaying ipip masquerading \
        tun-type tun-port tun-nocsum tun-csum tun-remcsum
    set -l server real-server $forwarding weight u-threshold l-threshold
    switch $verb
        case add-service
            printf '%s\n' $service scheduler pe persistent netmask ops sched-flags exist
        case edit-service
            printf '%s\n' $service scheduler pe persistent netmask ops sched-flags \
                no-persistent no-ops exist keep
        case delete-service
            printf '%s\n' $service exist drain only except
        case clear
            printf '%s\n' only except
        case zero
            printf '%s\n' $service only except
        case add-server
            printf '%s\n' $service $server exist ramp
        case edit-server
            printf '%s\n' $service $server exist keep ramp
        case delete-server
            printf '%s\n' $service real-server exist drain
        case list
            printf '%s\n' $service numeric connection timeout daemon status stats rate exact \
                thresholds persistent-conn tun-info json metrics sum states watch count sort-by only-active \
                nosort sort only except color real-server client state protocol expires-within \
                expires-after origin count-by top
        case save
            printf '%s\n' numeric json all output only except
        case restore
            printf '%s\n' json check replace keep-weights dry-run atomic exist wait input \
                only except
        case start-daemon
            printf '%s\n' mcast-interface syncid sync-maxlen mcast-group mcast-port mcast-ttl
        case stop-daemon
            printf '%s\n' syncid
        case diagnose
            printf '%s\n' json color probe as-server director $service[1..3] $forwarding
    end
end

# Options that go with none of those that follow the first colon.
set -g __ipvsadm_conflicts \
    'tcp-service udp-service sctp-service fwmark-service:timeout daemon status only except' \
    'connection timeout daemon status:stats rate thresholds metrics sort-by only-active only except' \
    'drain all:only except' \
    'count-by:origin persistent-conn' \
    'origin:persistent-conn' \
    'metrics:json watch' \
    'states:tcp-service udp-service sctp-service fwmark-service only except' \
    'nosort:sort-by' \
    'timeout daemon status:persistent-conn' \
    'atomic:replace' \
    'check dry-run:report' \
    'as-server:probe' \
    'quiet:verbose'
# Options of which only one can be given.
set -g __ipvsadm_alternatives \
    'tcp-service udp-service sctp-service fwmark-service' \
    'connection timeout daemon status' \
    'gatewaying ipip masquerading' \
    'tun-nocsum tun-csum tun-remcsum' \
    'persistent no-persistent' \
    'ops no-ops'

# Options, as "name" or "name=value", without which another one makes no sense.
function __ipvsadm_needs -a name
    switch $name
        case ramp
            echo weight
        case ipv6
            echo fwmark-service
        case dry-run keep-weights
            echo replace
        case wait
            printf '%s\n' replace atomic
        case count
            echo watch
        case sum states
            echo metrics
        case json
            contains -- "$__ipvsadm_verb" list save restore diagnose; or echo report
        case only except
            test "$__ipvsadm_verb" = restore; and printf '%s\n' replace check
        case tcp-service udp-service sctp-service gatewaying ipip masquerading
            test "$__ipvsadm_verb" = diagnose; and echo as-server
        case director
            echo masquerading
        case no-persistent no-ops
            echo keep
        case exist
            contains -- "$__ipvsadm_verb" edit-service edit-server; and echo keep
        case client state protocol expires-within expires-after origin count-by
            echo connection
        case top
            echo count-by
        case real-server
            # A server is asked for in the list of connections alone.
            test "$__ipvsadm_verb" != list; or echo connection
        case tun-type
            echo ipip
        case tun-port tun-remcsum
            echo tun-type=gue
        case tun-nocsum tun-csum
            printf '%s\n' tun-type=gue tun-type=gre
    end
end

# Notes an option of the command line.
function __ipvsadm_note -a name
    if not set -l index (contains -i -- $name $__ipvsadm_names)
        return
    end
    if contains -- $name $__ipvsadm_commands; and test -z "$__ipvsadm_verb"
        set -g __ipvsadm_verb $name
    end
    set -ga __ipvsadm_seen $name
    if set -q argv[2]
        set -ga __ipvsadm_seen "$name=$argv[2]"
    else if test $__ipvsadm_kinds[$index] != none
        set -g __ipvsadm_pending $name
    end
end

# Notes the options of a word such as -Ln or -w50.
function __ipvsadm_cluster -a rest
    while test -n "$rest"
        set -l letter (string sub -l 1 -- $rest)
        set rest (string sub -s 2 -- $rest)
        for index in (seq (count $__ipvsadm_names))
            string match -q -- "*$letter*" $__ipvsadm_letters[$index]; or continue
            if test $__ipvsadm_kinds[$index] != none; and test -n "$rest"
                __ipvsadm_note $__ipvsadm_names[$index] (string replace -r '^=' '' -- $rest)
                return
            end
            __ipvsadm_note $__ipvsadm_names[$index]
            break
        end
    end
end

# Reads the words before the current one, and works out what goes with them, in $__ipvsadm_going; every option asks for
# it, so the last answer is kept.
function __ipvsadm_read
    set -l words (commandline -opc)
    test "$words" != "$__ipvsadm_words"; or return
    set -g __ipvsadm_words $words
    set -g __ipvsadm_verb
    set -g __ipvsadm_seen
    set -g __ipvsadm_pending
    for word in $words[2..-1]
        if test -n "$__ipvsadm_pending"
            set -l index (contains -i -- $__ipvsadm_pending $__ipvsadm_names)
            if test $__ipvsadm_kinds[$index] != optional; or not string match -q -- '-*' $word
                set -ga __ipvsadm_seen "$__ipvsadm_pending=$word"
                set -g __ipvsadm_pending
                continue
            end
            set -g __ipvsadm_pending
        end
        if set -l parts (string match -r -- '^--([^=]+)(=)?(.*)$' $word)
            if test (count $parts) -ge 3; and test "$parts[3]" = '='
                __ipvsadm_note $parts[2] "$parts[4]"
            else
                __ipvsadm_note $parts[2]
            end
        else if string match -q -- '-?*' $word
            __ipvsadm_cluster (string sub -s 2 -- $word)
        end
    end
    set -g __ipvsadm_going
    if test -n "$__ipvsadm_pending"
        # Its value comes next.
        set -l index (contains -i -- $__ipvsadm_pending $__ipvsadm_names)
        test $__ipvsadm_kinds[$index] = optional; or set -ga __ipvsadm_going $__ipvsadm_pending
    end
    set -l names $__ipvsadm_commands
    test -z "$__ipvsadm_verb"; or set names (__ipvsadm_options_of $__ipvsadm_verb)
    for name in $names
        __ipvsadm_fits $name; and set -ga __ipvsadm_going $name
    end
end

# Whether an option is wanted: it goes with what was typed, or its value comes next.
function __ipvsadm_goes -a name
    __ipvsadm_read
    contains -- $name $__ipvsadm_going
end

# Whether a command, or an option of the command typed, goes with the options typed.
function __ipvsadm_fits -a name
    not contains -- $name $__ipvsadm_seen; or return
    test -n "$__ipvsadm_verb"; or return 0
    for group in $__ipvsadm_alternatives
        set -l names (string split ' ' -- $group)
        contains -- $name $names; or continue
        for other in $names
            not contains -- $other $__ipvsadm_seen; or return
        end
    end
    for pair in $__ipvsadm_conflicts
        set -l sides (string split ':' -- $pair)
        for order in '1 2' '2 1'
            set -l order (string split ' ' $order)
            contains -- $name (string split ' ' -- $sides[$order[1]]); or continue
            for other in (string split ' ' -- $sides[$order[2]])
                not contains -- $other $__ipvsadm_seen; or return
            end
        end
    end
    set -l needs (__ipvsadm_needs $name)
    test -n "$needs"; or return 0
    for need in $needs
        not contains -- $need $__ipvsadm_seen; or return 0
    end
    return 1
end

# Whether the kernel has a table to look into: a key press should not load a module.
function __ipvsadm_loaded
    test -e /proc/net/ip_vs
end

# The kernel's table as rules; nothing where it cannot be read.
function __ipvsadm_rules
    __ipvsadm_read
    set -l place (string match -- 'netns=*' $__ipvsadm_seen | string replace 'netns=' '')
    test -z "$place"; or set place --netns $place
    __ipvsadm_loaded; and command ipvsadm $place -Sn 2>/dev/null
end

# The option that selects a service as rules have it: -t, --sctp-service.
function __ipvsadm_selector -a name
    set -l letters $__ipvsadm_letters[(contains -i -- $name $__ipvsadm_names)]
    test -n "$letters"; and echo -- -$letters; or echo -- --$name
end

# The services that the kernel has.
function __ipvsadm_services -a name
    __ipvsadm_read
    test "$__ipvsadm_verb" != add-service; or return
    set -l option (__ipvsadm_selector $name)
    for rule in (__ipvsadm_rules)
        set -l words (string split ' ' -- $rule)
        test "$words[1..2]" != "-A $option"; or echo $words[3]
    end
end

# The servers of the service already typed.
function __ipvsadm_servers
    __ipvsadm_read
    test "$__ipvsadm_verb" != add-server; or return
    for name in tcp-service udp-service sctp-service fwmark-service
        set -l typed (string match -- "$name=*" $__ipvsadm_seen); or continue
        set -l start "-a "(__ipvsadm_selector $name)" "(string replace -- "$name=" '' $typed)
        contains ipv6 $__ipvsadm_seen; and set start "$start -6"
        set start "$start -r "
        for rule in (__ipvsadm_rules)
            test (string sub -l (string length -- $start) -- $rule) = $start; or continue
            string split ' ' -- (string replace -- $start '' $rule) | head -n 1
        end
    end
end

# The flags of the scheduler, after those that are typed already.
function __ipvsadm_flags
    __ipvsadm_read
    set -l flags flag-1 flag-2 flag-3
    for name in sh mh
        contains scheduler=$name $__ipvsadm_seen; and set flags $name-fallback $name-port
    end
    __ipvsadm_list $flags
end

# Words for a list, after those that are typed already.
function __ipvsadm_list
    set -l given (string match -r -- '^(?:.*[,=])?(?=[^,]*$)' (commandline -ct))
    set given (string replace -r -- '^--?[^=]*=' '' $given)
    for word in $argv
        contains -- $word (string split , -- $given); or echo $given$word
    end
end

# What an option's value can be, each with what it is: fish would repeat the option's text instead.
function __ipvsadm_values -a kind name
    set -l values
    set -l what $kind
    switch $kind
        case role
            set values master backup
        case service
            set values (__ipvsadm_services $name)
            set what 'virtual service'
        case server
            set values (__ipvsadm_servers)
            set what 'real server'
        case scheduler
            set values rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh twos
        case engine
            set values sip
        case flags
            set values (__ipvsadm_flags)
            set what 'scheduler flag'
        case tunnel
            set values ipip gue gre
        case key
            set values connections rate weight address
        case detail
            set values service all
        case when
            set values auto always never
        case state
            set values (__ipvsadm_list NONE ASSURED ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT \
                TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN SYNACK UDP INIT1 INIT C-SENT \
                C-REPLIED C-WAIT COOKIE C-ECHOED S-SENT S-RECEIVED S-ACK-SENT REJECTED CLOSED)
        case protocol
            set values tcp udp sctp ip
        case count
            string match -q -- '*,*,*' (commandline -ct)
            or set values (__ipvsadm_list client service server state origin)
            set what key
        case namespace
            set values (command ip netns list 2>/dev/null | string replace -r ' .*' '')
            set what 'network namespace'
        case interface
            set values (command ls /sys/class/net 2>/dev/null)
    end
    for value in $values
        printf '%s\t%s\n' $value $what
    end
end

# One command or option: its name, its letters, the kind of its value, and what it is for.
function __ipvsadm_option -a name letters kind text
    set -ga __ipvsadm_names $name
    set -ga __ipvsadm_letters "$letters"
    set -ga __ipvsadm_kinds $kind
    set -l spellings -l $name
    for letter in (string match -ar . -- $letters)
        set -a spellings -s $letter
    end
    set -l value
    switch $kind
        case none optional
        case any
            set value -x
        case file
            set value -r -F
        case '*'
            set value -x -a "(__ipvsadm_values $kind $name)"
    end
    complete -c ipvsadm -n "__ipvsadm_goes $name" $spellings $value -d $text
end

complete -c ipvsadm -e
complete -c ipvsadm -f
set -g __ipvsadm_names
set -g __ipvsadm_letters
set -g __ipvsadm_kinds

__ipvsadm_option add-service A none 'add a virtual service'
__ipvsadm_option edit-service E none 'replace the options of a virtual service'
__ipvsadm_option delete-service D none 'delete a virtual service and its servers'
__ipvsadm_option clear C none 'delete everything'
__ipvsadm_option restore R none 'apply the rules on standard input'
__ipvsadm_option save S none 'print the table as rules'
__ipvsadm_option add-server a none 'add a real server to a virtual service'
__ipvsadm_option edit-server e none 'replace the options of a real server'
__ipvsadm_option delete-server d none 'delete a real server'
__ipvsadm_option list Ll none 'list the table, or one service'
__ipvsadm_option zero Z none 'zero the counters of one or all services'
__ipvsadm_option set '' none 'set the timeouts in seconds (0 keeps one)'
__ipvsadm_option start-daemon '' role 'start a connection sync daemon'
__ipvsadm_option stop-daemon '' role 'stop a connection sync daemon'
__ipvsadm_option diagnose '' none 'find what keeps this director from working'
__ipvsadm_option help h none 'show this help'
__ipvsadm_option version v none 'show the version'
set -g __ipvsadm_commands $__ipvsadm_names

__ipvsadm_option tcp-service t service 'the TCP virtual service'
__ipvsadm_option udp-service u service 'the UDP virtual service'
__ipvsadm_option sctp-service '' service 'the SCTP virtual service'
__ipvsadm_option fwmark-service f service 'a firewall mark, 1 to 4294967295 or 0xHEX'
__ipvsadm_option ipv6 6 none 'the firewall mark\'s packets are IPv6'
__ipvsadm_option scheduler s scheduler 'the scheduler (default wlc)'
__ipvsadm_option pe '' engine 'the persistence engine, such as sip'
__ipvsadm_option persistent p optional 'stay on one server, 1 to 2678400 (default 360)'
__ipvsadm_option no-persistent '' none 'with --keep: end the persistence of the service'
__ipvsadm_option netmask M any 'clients that count as one: mask or prefix length'
__ipvsadm_option ops o none 'schedule each packet by itself (UDP or a mark)'
__ipvsadm_option no-ops '' none 'with --keep: schedule connections, not packets'
__ipvsadm_option sched-flags b flags 'flags of the scheduler, with commas between them'
__ipvsadm_option real-server r server 'the real server'
__ipvsadm_option gatewaying g none 'forward by direct routing (default)'
__ipvsadm_option ipip i none 'forward through a tunnel'
__ipvsadm_option masquerading m none 'forward by masquerading (NAT)'
__ipvsadm_option tun-type '' tunnel 'ipip (default), gue or gre'
__ipvsadm_option tun-port '' any 'the port of a gue tunnel'
__ipvsadm_option tun-nocsum '' none 'the tunnel carries no checksum (default)'
__ipvsadm_option tun-csum '' none 'the tunnel carries a checksum'
__ipvsadm_option tun-remcsum '' none 'the gue tunnel offloads remote checksums'
__ipvsadm_option weight w any 'its capacity, 0 to 2147483647 (default 1)'
__ipvsadm_option u-threshold x any 'no new connections from this number on'
__ipvsadm_option l-threshold y any 'open the server again below this'
__ipvsadm_option exist '' none 'edit what is there, count what is missing as deleted'
__ipvsadm_option keep '' none 'with -E or -e: change only what is named'
__ipvsadm_option drain '' optional 'weight 0, wait for the last connection, then delete'
__ipvsadm_option ramp '' any 'reach the weight in even steps, 1 to 2678400 seconds'
__ipvsadm_option only '' any 'these services: address, prefix, fwm:MARK, tcp ...'
__ipvsadm_option except '' any 'all services but these; several: with commas'
__ipvsadm_option report '' none 'when done, print what was changed, as rules or JSON'
__ipvsadm_option mcast-interface '' interface 'the interface to sync over (default eth0)'
__ipvsadm_option syncid '' any 'the sync group, 0 to 255'
__ipvsadm_option sync-maxlen '' any 'the longest sync message, 1 to 65507'
__ipvsadm_option mcast-group '' any 'the multicast group, IPv4 or IPv6'
__ipvsadm_option mcast-port '' any 'the UDP port, 1 to 65535'
__ipvsadm_option mcast-ttl '' any 'the multicast time to live, 1 to 255'
__ipvsadm_option check '' none 'read and verify everything, apply nothing'
__ipvsadm_option replace '' none 'make the table equal to the rules, by fewest changes'
__ipvsadm_option keep-weights '' optional 'with --replace: servers keep theirs (=0: only a 0)'
__ipvsadm_option dry-run '' none 'with --replace: print the changes, make none'
__ipvsadm_option atomic '' none 'apply all lines or none'
__ipvsadm_option wait '' any 'how long to wait for another such run (default 60)'
__ipvsadm_option input '' file 'read the rules from a file'
__ipvsadm_option all '' none 'save the timeouts and the sync daemons too'
__ipvsadm_option output '' file 'save into a file, replaced whole or not at all'
__ipvsadm_option numeric n none 'print numbers instead of names'
__ipvsadm_option connection c none 'list the current connections'
__ipvsadm_option timeout '' none 'list the connection timeouts'
__ipvsadm_option daemon '' none 'list the sync daemons'
__ipvsadm_option status '' none 'list how full the tables are, changed settings'
__ipvsadm_option stats '' none 'list counters'
__ipvsadm_option rate '' none 'list rates per second'
__ipvsadm_option exact X none 'do not abbreviate large numbers'
__ipvsadm_option thresholds '' none 'list thresholds'
__ipvsadm_option persistent-conn '' none 'list persistent connections'
__ipvsadm_option tun-info '' none 'list tunnels'
__ipvsadm_option json '' none 'list, save, restore or diagnose as JSON, one a line'
__ipvsadm_option metrics '' none 'list as OpenMetrics text, for Prometheus'
__ipvsadm_option sum '' detail 'with --metrics: sums of services, or of all'
__ipvsadm_option states '' none 'with --metrics: count connections by state'
__ipvsadm_option watch '' optional 'list again and again, with current rates (default 1)'
__ipvsadm_option count '' any 'with --watch: end after so many listings'
__ipvsadm_option sort-by '' key 'connections, rate, weight (largest first) or address'
__ipvsadm_option only-active '' none 'leave out servers without connections, old or new'
__ipvsadm_option nosort '' none 'list in the kernel\'s order'
__ipvsadm_option sort '' none 'list in order (default)'
__ipvsadm_option color '' when 'colour lines by state: auto, always or never'
__ipvsadm_option client '' any 'those of a client, or of a network of clients'
__ipvsadm_option state '' state 'those in a state, such as SYN_RECV'
__ipvsadm_option protocol '' protocol 'those of tcp, udp, sctp, or ip for marks'
__ipvsadm_option expires-within '' any 'those with at most so many seconds left'
__ipvsadm_option expires-after '' any 'those with more than so many seconds left'
__ipvsadm_option origin '' none 'show which came over the sync daemon'
__ipvsadm_option count-by '' count 'counts by client, server, state and others'
__ipvsadm_option top '' any 'with --count-by: only the largest counts'
__ipvsadm_option probe '' none 'ask the network too: who else has a VIP, who answers'
__ipvsadm_option as-server '' none 'this host is a real server of the service'
__ipvsadm_option director '' any 'the director\'s address in this server\'s network'
__ipvsadm_option netns '' namespace 'work in this network namespace'
__ipvsadm_option quiet '' none 'print nothing on standard error'
__ipvsadm_option verbose '' none 'print requests and answers on standard error'
