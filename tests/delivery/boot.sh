#!/bin/sh
# In a Debian that systemd has booted, twice: what our package makes of a machine that had Debian's.
#     boot.sh before VERSION     installs, purges, and takes the place of Debian's package
#     boot.sh after VERSION      at the next start: the rules are there; the settings work; a purge
# The network is an interface that systemd-networkd makes; a sync daemon that is master needs its address.
set -eu
stage=$1
version=$2
rules=/etc/ipvsadm.rules
settings=/etc/default/ipvsadm
export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin

say() { printf '\n== %s\n' "$*"; }
fail() {
	printf 'FAILED: %s\n' "$*"
	systemctl --no-pager -l status ipvsadm.service || true
	journalctl --no-pager -b | tail -n 40 || true
	exit 1
}
is() { [ "$1" = "$2" ] || fail "$3: $1, not $2"; }
same() { cmp "$1" "$2" || { diff -u "$1" "$2" || true; fail "$3"; }; }
table() { ipvsadm -Sn; }
daemons() { ipvsadm -L --daemon; }
# Not asked about conffiles: there is nobody to answer.
install() { dpkg -i "$1" < /dev/null || fail "dpkg -i $1"; }
enabled() { systemctl is-enabled ipvsadm.service 2> /dev/null || true; }
active() { systemctl is-active ipvsadm.service || true; }
setting() {
	sed -i "/^#\? *$1=/d" $settings
	echo "$1=\"$2\"" >> $settings
}
# Everything of ours, and every link that leads nowhere.
remains() {
	find / -xdev -name '*ipvsadm*' ! -path '/var/log/*' ! -path '/var/tmp/*' ! -path '/srv/*'
	find /run -name '*ipvsadm*' ! -path '/run/srv/*' ! -path '/run/systemd/*'
	find /etc /usr/lib/systemd -xtype l
} 
purge() {
	dpkg -P ipvsadm < /dev/null || fail "dpkg -P"
	remains > /var/tmp/remains
	same /var/tmp/clean /var/tmp/remains "a purge leaves something behind"
	[ -z "$(systemctl list-unit-files --no-legend ipvsadm.service)" ] || fail "systemd has the unit still"
}

before() {
	remains > /var/tmp/clean
	mkdir -p /etc/systemd/network
	printf '[NetDev]\nName=dummy0\nKind=dummy\n' > /etc/systemd/network/dummy.netdev
	printf '[Match]\nName=dummy0\n[Network]\nAddress=192.0.2.1/24\n' > /etc/systemd/network/dummy.network
	systemctl enable systemd-networkd.service systemd-networkd-wait-online.service
	systemctl start systemd-networkd.service
	/lib/systemd/systemd-networkd-wait-online --interface dummy0 --timeout 20 || fail "the network"

	say "on a clean machine"
	install /run/srv/ours.deb
	is "$(dpkg-query -W -f '${Version}' ipvsadm)" "$version" "version"
	is "$(enabled) $(active)" "enabled active" "the unit"
	systemd-analyze verify --man=no ipvsadm.service || fail "the unit file"
	# 3.0 of 10: the sandbox is there.
	systemd-analyze --no-pager security --threshold=30 ipvsadm.service > /var/tmp/security || fail "the sandbox"
	[ -x /etc/init.d/ipvsadm ] && grep -q '^AUTO="false"' $settings || fail "init script and settings"
	[ ! -e $rules ] || fail "there are rules"
	is "$(table)" "" "the table"
	purge

	say "in the place of Debian's package, disabled"
	install /srv/theirs.deb
	systemctl disable ipvsadm.service
	install /run/srv/ours.deb
	is "$(enabled)" disabled "the unit"
	purge

	say "in the place of Debian's package, at work"
	install /srv/theirs.deb
	setting AUTO true
	setting DAEMON both
	setting IFACE dummy0
	setting SYNCID 7
	systemctl enable ipvsadm.service
	ipvsadm -A -t 192.0.2.1:80 -s wrr -p 600
	ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:8080 -m -w 3
	ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.12:8080 -m
	ipvsadm -A -f 5 -s rr
	table > $rules
	ipvsadm -C
	systemctl restart ipvsadm.service
	table > /var/tmp/rules
	cat /var/tmp/rules
	[ "$(wc -l < /var/tmp/rules)" = 4 ] || fail "Debian's package loads its rules"
	daemons | tee /var/tmp/daemons
	[ "$(grep -c ' sync daemon (mcast=dummy0, syncid=7' /var/tmp/daemons)" = 2 ] || fail "Debian's package starts its daemons"
	# What is in the table, but not in the rules: an upgrade leaves it.
	ipvsadm -a -f 5 -r 192.0.2.12 -g
	table > /var/tmp/live
	sha256sum $rules $settings > /var/tmp/sums
	is "$(enabled) $(active)" "enabled active" "Debian's unit"

	install /run/srv/ours.deb
	is "$(dpkg-query -W -f '${Version}' ipvsadm)" "$version" "version"
	table | diff -u /var/tmp/live - || fail "the upgrade changes the table"
	daemons | diff -u /var/tmp/daemons - || fail "the upgrade changes the sync daemons"
	sha256sum -c /var/tmp/sums || fail "the upgrade changes what the administrator wrote"
	is "$(enabled) $(active)" "enabled active" "the unit"
	systemctl cat ipvsadm.service | grep -q ipvsadm-service || fail "the unit is not ours"
	for name in load start stop flush; do
		[ -x /usr/libexec/ipvsadm/ipvsadm-$name ] || fail "no helper $name"
	done
}

after() {
	say "after the start"
	is "$(enabled) $(active)" "enabled active" "the unit"
	is "$(systemctl --failed --no-legend)" "" "failed units"
	table | diff -u /var/tmp/rules - || fail "the rules are not loaded"
	daemons | diff -u /var/tmp/daemons - || fail "the sync daemons are not started"
	journalctl --no-pager -b -u ipvsadm.service

	say "reload"
	ipvsadm -C
	systemctl reload ipvsadm.service || fail "reload"
	table | diff -u /var/tmp/rules - || fail "the table after a reload"

	say "stop, as AUTO says, and start"
	systemctl stop ipvsadm.service
	is "$(table)$(daemons)" "" "after the stop"
	cmp $rules /var/tmp/rules || fail "the stop saves without being asked"
	systemctl start ipvsadm.service || fail "start"
	table | diff -u /var/tmp/rules - || fail "the table after the start"

	say "saved at a restart, and only then"
	setting IPVS_SAVE_ON_RESTART yes
	ipvsadm -a -f 5 -r 192.0.2.13 -g -w 7
	table > /var/tmp/changed
	systemctl restart ipvsadm.service || fail "restart"
	table | diff -u /var/tmp/changed - || fail "the table after a restart"
	cmp $rules /var/tmp/changed || fail "not saved at the restart"
	ipvsadm -D -f 5
	systemctl stop ipvsadm.service
	cmp $rules /var/tmp/changed || fail "saved at a stop"
	systemctl start ipvsadm.service || fail "start"

	say "saved at a stop, and not cleared"
	setting IPVS_SAVE_ON_STOP yes
	setting IPVS_CLEAR_ON_STOP no
	ipvsadm -D -f 5
	table > /var/tmp/changed
	chown daemon:adm $rules
	chmod 640 $rules
	systemctl stop ipvsadm.service
	is "$(stat -c %U:%G:%a $rules)" daemon:adm:640 "the saved rules"
	cmp $rules /var/tmp/changed || fail "not saved at the stop"
	table | diff -u /var/tmp/changed - || fail "the stop clears the table"

	say "rules that are refused"
	setting IPVS_SAVE_ON_STOP no
	echo "-A -t 192.0.2.1:81 -s nosuch" >> $rules
	systemctl start ipvsadm.service && fail "bad rules are no failure"
	is "$(active)" failed "the unit"
	table | diff -u /var/tmp/changed - || fail "bad rules change the table"
	daemons | diff -u /var/tmp/daemons - || fail "the sync daemons are not started"

	say "no rules"
	rm $rules
	systemctl restart ipvsadm.service || fail "no rules are a failure"
	table | diff -u /var/tmp/changed - || fail "the table without rules"

	say "the init script"
	/etc/init.d/ipvsadm save || fail "save"
	cmp $rules /var/tmp/changed || fail "the init script saves"
	ipvsadm -C
	/etc/init.d/ipvsadm load || fail "load"
	table | diff -u /var/tmp/changed - || fail "the init script loads"
	/etc/init.d/ipvsadm status
	/etc/init.d/ipvsadm rate
	/etc/init.d/ipvsadm restart || fail "restart"
	is "$(active)" active "the unit"

	say "purge"
	purge
	is "$(systemctl --failed --no-legend)" "" "failed units"
}

"$stage"
