#!/bin/sh
# Goes on from the guest's first process: hands over to the system on the disk, with the payload as one of its
# services.

modprobe -a virtio_pci virtio_blk ext4
mkdir /system
until mount -t ext4 /dev/vda /system; do sleep 0.1; done

# The system's own kernel is not the one that runs.
mkdir -p /system/usr/lib/modules
mount -t tmpfs modules /system/usr/lib/modules
cp -a /lib/modules/* /system/usr/lib/modules
# Its modprobe wants an index that busybox does without.
chroot /system /sbin/depmod "$(uname -r)" 2> /dev/null

# In memory, so that nothing of this is found on the disk at the next start.
units=/run/systemd/system
mkdir -p $units/multi-user.target.wants
cp -a /srv /etc/init.conf /etc/payload /payload-runner /run
cat > $units/payload.service << 'END'
[Unit]
Description=The payload of this virtual machine
[Service]
ExecStart=/run/payload-runner
END
ln -s ../payload.service $units/multi-user.target.wants

for dir in run dev sys proc; do mount --move /$dir /system/$dir; done
exec switch_root /system /sbin/init
