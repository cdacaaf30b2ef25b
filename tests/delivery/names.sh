#!/bin/sh
# In the virtual machine: every name service module of a Debian system (/root.tar), asked by ipvsadm and by getent. The
# answers must be the same, and no program may end by a signal.
set -u
fail() { printf 'FAILED: %s\n' "$*"; failed=1; }
failed=0 count=0

modprobe ip_vs
# getent leaves out the addresses of a family of which the system has none beyond the loopback's.
ip addr add 10.9.9.254/24 dev lo
ip addr add 2001:db8::fe/64 dev lo nodad
mkdir /system
tar -xf /root.tar -C /system
cp /sbin/ipvsadm /system/usr/sbin/
for dir in proc sys dev; do mount --bind /$dir /system/$dir; done
inside() { chroot /system "$@"; }
echo director > /system/etc/hostname
cat > /system/etc/hosts <<END
127.0.0.1 localhost
10.9.9.1 known.example
2001:db8::9 known6.example
END
rm -f /system/etc/resolv.conf
echo nameserver 127.0.0.1 > /system/etc/resolv.conf
echo options timeout:1 attempts:1 >> /system/etc/resolv.conf

# ipvsadm with these arguments; what it prints is in /out, and its status must not be a signal's.
ours() {
	inside ipvsadm "$@" > /out 2> /err
	status=$?
	count=$((count + 1))
	[ $status -lt 126 ] || fail "$module: ipvsadm $*: status $status"
	return $status
}
# The first word of getent's first line.
ask() { inside getent "$@" | sed -n '1s/[[:space:]].*//p'; }

# $1 as it is written, $2 the database of its family and $3 the name asked there, $4 a port.
check() {
	address=$(ask "$2" "$3")
	number=$(inside getent services "$4/tcp" | sed -n '1s|.* \([0-9]*\)/tcp.*|\1|p')
	case $4 in [0-9]*) number=$4;; esac
	echo "-A -t $1:$4" > /system/rule
	inside sh -c 'ipvsadm -R --check < /rule' > /out 2>&1
	status=$?
	count=$((count + 1))
	wanted=0
	[ -n "$address" ] && [ -n "$number" ] || wanted=2
	case $status in
	0) [ $wanted = 0 ] || fail "$module: $1:$4 is taken, getent says '$address' '$number'";;
	*) [ $status -lt 126 ] || fail "$module: $1:$4 ends with $status"
	   [ $wanted != 0 ] || fail "$module: $1:$4 is refused, getent says '$address' '$number': $(cat /out)"; return;;
	esac
	[ $wanted = 0 ] || return
	ours -A -t "$1:$4" || fail "$module: -A -t $1:$4: $(cat /err)"
	ours -Sn
	case $address in *:*) shown="[$address]:$number";; *) shown=$address:$number;; esac
	grep -qF -- "-t $shown " /out || fail "$module: $1:$4 became $(cat /out), getent says $shown"
	ours -C
}

# The names of an address and a port, in a listing and in a save.
listed() {
	ours -A -t "$1:$2"
	name=$(inside getent hosts "${3:-$1}" | awk 'NR == 1 { print $2 }')
	word=$(ask services "$2/tcp")
	shown=${name:-${3:-$1}}
	case $shown in *:*) shown="[$shown]";; esac
	# IPv6 addresses stay in brackets as names, too.
	case $1 in \[*) shown="[${shown#[}"; shown="${shown%]}]";; esac
	for form in -L -S; do
		ours $form
		grep -qF -- "$shown:${word:-$2}" /out || fail "$module: $form shows $(grep -e TCP -e -A /out), getent says '$name' '$word'"
	done
	ours -C
}

for module in $(cat /modules); do
	library=$(find /system/lib/ /system/usr/lib/ -name "libnss_$module.so.2" | head -n 1)
	case $module in
	files | dns) ;;
	*) [ -n "$library" ] || { fail "$module: no such module"; continue; } ;;
	esac
	case $module in
	files) hosts=files ;;
	*) hosts="files $module" ;;
	esac
	printf 'hosts: %s\nservices: %s\n' "$hosts" "$hosts" > /system/etc/nsswitch.conf
	for port in 80 http nosuch; do
		check known.example ahostsv4 known.example $port
		check director ahostsv4 director $port
		check nohost.example ahostsv4 nohost.example $port
		check '[known6.example]' ahostsv6 known6.example $port
		check '[nohost.example]' ahostsv6 nohost.example $port
	done
	for port in 80 59999; do
		listed 10.9.9.1 $port
		listed 10.9.9.2 $port
		listed '[2001:db8::9]' $port 2001:db8::9
		listed '[2001:db8::a]' $port 2001:db8::a
	done
	echo "$module: done, $count runs so far"
done
exit $failed
