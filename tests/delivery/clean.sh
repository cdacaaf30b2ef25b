#!/bin/sh
# In the virtual machine: installs our package in a clean Debian, uses it, removes it, and puts it in the place of
# Debian's own. $1 is the version that it must have.
set -eu
version=$1

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*"; exit 1; }
same() { cmp "$1" "$2" || { diff -u "$1" "$2"; fail "$3"; }; }

modprobe ip_vs
mkdir /clean
tar -xf /clean.tar -C /clean
cp /ours.deb /clean/srv/
for dir in proc sys dev; do mount --bind /$dir /clean/$dir; done

clean() { chroot /clean "$@"; }
# Everything that packages bring: except the package manager's records, logs, and the index of manual pages.
files() { (cd /clean && find etc usr var -path var/lib/dpkg -prune -o -path var/cache -prune -o -path var/log -prune \
	-o -print | sort) }

say "install"
files > /before
clean dpkg -i /srv/ours.deb
[ "$(clean dpkg-query -W -f '${Version}' ipvsadm)" = "$version" ] || fail "version"
clean dpkg --audit
# What has come is shown.
files | diff /before - || true

say "use"
clean ipvsadm -v
for page in ipvsadm ipvsadm-save ipvsadm-restore; do
	clean env MANWIDTH=80 man -P cat $page > /page || fail "man $page"
	grep -q "^NAME" /page || fail "man $page"
done
clean bash -c '. /usr/share/bash-completion/completions/ipvsadm-save && complete -p ipvsadm ipvsadm-save'
clean ipvsadm -A -t 192.0.2.1:80 -s rr
clean ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:8080 -m
clean ipvsadm -Ln
clean ipvsadm-save -n > /rules
[ "$(wc -l < /rules)" = 2 ] || fail "saved rules"
clean ipvsadm -C
clean ipvsadm-restore < /rules
clean ipvsadm-save -n > /restored
same /rules /restored "what was saved is restored"
clean sh -c 'echo "-A -t [bogus" | ipvsadm -R --check' && fail "a bad rule passes"

say "remove"
clean dpkg -P ipvsadm
files > /after
same /before /after "a purge leaves files behind, or takes some with it"

say "in the place of Debian's"
clean dpkg -i /srv/ipvsadm_1.31.deb
printf 'AUTO="true"\nDAEMON="none"\nIFACE="eth0"\nSYNCID="1"\n' > /clean/etc/default/ipvsadm
cp /rules /clean/etc/ipvsadm.rules
clean ipvsadm -v
clean ipvsadm -Sn > /live
same /rules /live "the table under Debian's package"
clean dpkg -i /srv/ours.deb
clean ipvsadm -v | grep -q "$(echo "$version" | sed 's/.*:\(.*\)-.*/v\1/')" || fail "the program is another one"
clean ipvsadm -Sn > /live
same /rules /live "the switch changes the table"
clean dpkg --compare-versions "$version" gt "$(clean dpkg-deb -f /srv/ipvsadm_1.31.deb Version)"
# Without systemd, the init script loads the rules at boot, with the settings that were made for it.
clean test -x /etc/rc2.d/S01ipvsadm
clean ipvsadm -C
clean /etc/init.d/ipvsadm start
clean ipvsadm -Sn > /live
same /rules /live "the table after a start"

say "remove that"
clean dpkg -P ipvsadm
files > /after
same /before /after "a purge leaves files behind, or takes some with it"
