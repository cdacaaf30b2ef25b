#!/bin/sh
# In the virtual machine: the static build (/static) in a root without anything else, and in one with busybox.
set -eu
fail() { printf 'FAILED: %s\n' "$*"; exit 1; }
says() { [ "$1" = "$2" ] || fail "'$1', not '$2'"; }

modprobe ip_vs
# There is no /run in either, where a restore would lock a file.
mkdir -p /empty /bare/bin /bare/etc
for root in /empty /bare/bin; do cp /static $root/ipvsadm; done

echo "nothing but the program"
empty() { chroot /empty /ipvsadm "$@"; }
empty --version
empty -A --sctp-service 192.0.2.1:9999 -s rr
empty -a --sctp-service 192.0.2.1:9999 -r '[2001:db8::1]:9999' -i
rules='-A --sctp-service 192.0.2.1:9999 -s rr
-a --sctp-service 192.0.2.1:9999 -r [2001:db8::1]:9999 -i -w 1 --tun-type ipip'
says "$(empty -Sn)" "$rules"
says "$(empty -S)" "$rules"
empty -L | grep -q '^SCTP 192.0.2.1:9999 rr$' || fail "$(empty -L)"
! empty -A --sctp-service 192.0.2.1:ours || fail "a name without /etc/services"
! empty -A -t nohost.example:80 || fail "a name without /etc/hosts"

echo "busybox"
cp /busybox /bare/bin/busybox
ln -s busybox /bare/bin/sh
for name in ipvsadm-save ipvsadm-restore; do ln -s ipvsadm /bare/bin/$name; done
# What is in nsswitch.conf counts for nothing: the README says so.
echo 'hosts: nothing' > /bare/etc/nsswitch.conf
printf '10.9.9.1 known.example\n2001:db8::9 known6.example\n' > /bare/etc/hosts
printf 'ours 9999/sctp also-ours\nhttp 80/tcp\n' > /bare/etc/services
bare() { chroot /bare /bin/sh -c "$*"; }
bare 'ipvsadm-save -n | ipvsadm-restore'
says "$(bare ipvsadm -Sn)" "$rules"
says "$(bare ipvsadm -S | head -n 1)" '-A --sctp-service 192.0.2.1:ours -s rr'
bare 'ipvsadm -S > /rules; ipvsadm -C; ipvsadm -R < /rules'
says "$(bare ipvsadm -Sn)" "$rules"
bare 'ipvsadm -C; ipvsadm -A --sctp-service known.example:also-ours; ipvsadm -A -t [known6.example]:http'
says "$(bare ipvsadm -Sn)" '-A --sctp-service 10.9.9.1:9999 -s wlc
-A -t [2001:db8::9]:80 -s wlc'
says "$(bare ipvsadm -S)" '-A --sctp-service known.example:ours -s wlc
-A -t [known6.example]:http -s wlc'
! bare ipvsadm -A -t known.example:ours || fail "a name of another protocol"
