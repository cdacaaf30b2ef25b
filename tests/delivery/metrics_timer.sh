#!/bin/sh
# In a Debian that systemd has booted: the units of the manual page, whose paths are the arguments.
set -eu
export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
directory=/var/lib/prometheus/node-exporter

fail() {
	printf 'FAILED: %s\n' "$*"
	systemctl --no-pager -l status ipvs-metrics.timer ipvs-metrics.service || true
	journalctl --no-pager -b -u ipvs-metrics.service | tail -n 20 || true
	exit 1
}
# Waits until the file has this line, for longer than the timer's 15 seconds.
expect() {
	for _ in $(seq 400); do
		grep -qxF "$1" $directory/ipvs.prom 2> /dev/null && return
		sleep 0.1
	done
	fail "no line '$1'"
}

dpkg -i /run/srv/ours.deb < /dev/null || fail "dpkg -i"
useradd --system --home-dir $directory --create-home prometheus
for unit in "$@"; do
	cp "/run/srv/${unit##*/}" "$unit"
done
systemd-analyze verify --man=no "$@" || fail "the unit files"

ipvsadm -A -t 192.0.2.1:80 -s wrr
ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 7
systemctl enable --now ipvs-metrics.timer || fail "enable"
labels='local_address="192.0.2.1",local_port="80",local_mark="",proto="TCP",remote_address="10.0.0.11",remote_port="80"'
expect "node_ipvs_backend_weight{$labels} 7"
[ "$(tail -n 1 $directory/ipvs.prom)" = "# EOF" ] || fail "the file is not whole"
[ "$(stat -c %a $directory/ipvs.prom)" = 644 ] || fail "others cannot read it"

ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 3
expect "node_ipvs_backend_weight{$labels} 3"
[ -z "$(systemctl --failed --no-legend)" ] || fail "failed units"
