#!/bin/sh
# Runs the payload as a service of the system on the disk, as init.sh does without one, and shuts the system down.

. /run/init.conf
# When everything has started, or failed to.
systemctl is-system-running --wait > /dev/null
port=/dev/ttyS1
exec 3<> $port
stty raw -echo <&3
printf '%s start\n' "$NONCE" >&3
/run/payload < /dev/null > $port 2>&1 3>&-
status=$?
printf '%s exit %d\n' "$NONCE" "$status" >&3
# This waits until everything is sent.
stty raw -echo <&3
systemctl poweroff
