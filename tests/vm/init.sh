#!/bin/sh
# The guest's first process: sets the system up, runs /etc/payload on the second serial port, and reports its exit
# status there. What this script itself has to say goes to the kernel's console.

. /etc/init.conf
export PATH=/sbin:/bin:/usr/sbin:/usr/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir /dev/pts
mount -t devpts devpts /dev/pts
ln -s /proc/self/fd /dev/fd
# /tmp is in memory as everything here; /run is a mount because "ip netns" shares mounts below it.
mount -t tmpfs run /run
mkdir /run/netns /run/lock
chmod 1777 /tmp
hostname director
ip link set lo up

[ "$DISK" = true ] && exec /disk.sh
[ "$PROFILED" = true ] && mkdir -m 1777 /profiles

port=/dev/ttyS1
# Raw: the payload's bytes reach the host unchanged. Opened once for all, because settings are lost when the
# port is closed.
exec 3<>$port
stty raw -echo <&3
printf '%s start\n' "$NONCE" >&3
if [ "$INTERACTIVE" = true ]; then
	stty sane <&3
	setsid -c /etc/payload <$port >$port 2>&1 3>&-
	status=$?
	# The end of its session has hung up the port.
	exec 3<>$port
	stty raw -echo <&3
else
	/etc/payload </dev/null >$port 2>&1 3>&-
	status=$?
fi
if [ "$PROFILED" = true ]; then
	exec 4<>/dev/ttyS2
	stty raw -echo <&4
	tar -cf - -C /profiles . >&4
	stty raw -echo <&4
fi
printf '%s exit %d\n' "$NONCE" "$status" >&3
# This waits until everything is sent.
stty raw -echo <&3
poweroff -f
