#!/bin/sh
# In the virtual machine: installs the RPM package in a clean system, uses it, installs it again, removes it. The
# system is a Debian, whose rpm knows of no other package: so nothing is said of dependencies. $1 is the version.
set -eu
version=$1
rules=/etc/sysconfig/ipvsadm

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*"; exit 1; }

modprobe ip_vs
mkdir /clean
tar -xf /clean.tar -C /clean
cp /ours.rpm /clean/srv/
for dir in proc sys dev; do mount --bind /$dir /clean/$dir; done

clean() { chroot /clean "$@"; }
rpm() { clean rpm --force-debian "$@"; }
service() { clean /usr/libexec/ipvsadm/ipvsadm-service "$1"; }
table() { clean ipvsadm -Sn; }
# Directories that packages share belong to none of them.
files() { (cd /clean && find etc usr var -path var/lib/rpm -prune -o -path var/cache -prune -o -path var/log -prune \
	-o ! -type d -print | sort) }

say "install"
files > /before
rpm -i --nodeps /srv/ours.rpm
[ "$(rpm -q --qf '%{VERSION}' ipvsadm)" = "$version" ] || fail "version"
rpm -V --nodeps ipvsadm || fail "what is installed is not what is in the package"
files | diff /before - || true
for name in ipvsadm-save ipvsadm-restore; do
	[ "$(readlink /clean/usr/sbin/$name)" = ipvsadm ] || fail "$name"
	clean env MANWIDTH=80 man -P cat $name | grep -q ^NAME || fail "man $name"
done

say "rules at boot"
service start
[ -z "$(table)" ] || fail "rules from nowhere"
clean ipvsadm -A -t 192.0.2.1:80 -s rr
clean ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:8080 -m
# As the tutorials save them.
clean sh -c "ipvsadm -Sn > $rules"
table > /rules
clean ipvsadm -C
service start
table | diff -u /rules - || fail "rules are not loaded"
service stop
table | diff -u /rules - || fail "cleared without being asked"
sed -i 's/^IPVS_SAVE_ON_STOP=.*/IPVS_SAVE_ON_STOP="yes"/; s/^IPVS_CLEAR_ON_STOP=.*/IPVS_CLEAR_ON_STOP="yes"/' \
	/clean/etc/sysconfig/ipvsadm-config
clean ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:8080 -m
table > /rules
service stop
diff -u /rules /clean$rules || fail "not saved at the stop"
[ -z "$(table)" ] || fail "not cleared at the stop"

say "the next version"
rpm -U --nodeps --replacepkgs /srv/ours.rpm
grep -q '^IPVS_SAVE_ON_STOP="yes"' /clean/etc/sysconfig/ipvsadm-config || fail "settings are lost"
diff -u /rules /clean$rules || fail "rules are lost"

say "remove"
rpm -e ipvsadm
# What the administrator wrote stays.
rm /clean$rules /clean/etc/sysconfig/ipvsadm-config.rpmsave
[ ! -e /clean/usr/libexec/ipvsadm ] || fail "our own directory stays behind"
files > /after
diff -u /before /after || fail "files stay behind, or are taken away"
