#!/bin/sh
# Boots systemd as process 1 of a machine that is private in all it may change: process ids, mounts, cgroups, host name, and a network of
# nothing but loopback. Programs are this machine's own; the checkout is at /opt/failoverd; what is written goes to memory. As root.
#
#   boot.sh start NAME CHECKOUT    runs until killed, or until its parent dies; NAME is that of its cgroups
#   boot.sh clear NAME             removes the cgroups afterwards; fails while anything still runs in them
set -eu

if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  parents=/sys/fs/cgroup
else
  # Not cpu: all of the machine would get the share of one process outside.
  parents=$(ls -d /sys/fs/cgroup/memory /sys/fs/cgroup/pids /sys/fs/cgroup/devices /sys/fs/cgroup/systemd /sys/fs/cgroup/unified 2>/dev/null || :)
fi

case $1 in
start)
  for parent in $parents; do
    mkdir -p "$parent/$2"
    echo $$ >"$parent/$2/cgroup.procs"
  done
  exec setpriv --pdeathsig KILL unshare --fork --kill-child --pid --mount --mount-proc --cgroup --uts --ipc --net sh "$0" inside "$2" "$3"
  ;;
clear)
  for parent in $parents; do
    if [ -d "$parent/$2" ]; then find "$parent/$2" -depth -type d -exec rmdir {} +; fi
  done
  exit
  ;;
esac

mount --make-rprivate /
# The kernel's settings belong to the machine outside.
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mount -t tmpfs -o mode=755 tmpfs /opt
mkdir /opt/failoverd
mount --bind "$3" /opt/failoverd

mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/units /run/dev /run/none
for place in /etc /var/lib; do
  mkdir -p "/run/over$place/new" "/run/over$place/work"
  mount -t overlay -o "lowerdir=$place,upperdir=/run/over$place/new,workdir=/run/over$place/work" overlay "$place"
done
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
mount -t tmpfs -o mode=755 tmpfs /var/log

mount -t tmpfs -o mode=755 tmpfs /run/dev
for device in null zero full random urandom tty; do
  : >"/run/dev/$device"
  mount --bind "/dev/$device" "/run/dev/$device"
done
mkdir /run/dev/pts /run/dev/shm
ln -s pts/ptmx /run/dev/ptmx
: >/run/dev/console
mount -t devpts -o newinstance,mode=620,ptmxmode=666 devpts /run/dev/pts
mount -t tmpfs -o mode=1777 tmpfs /run/dev/shm
mount --move /run/dev /dev

# The same kind of cgroups as outside, with our own at the top. What is left out systemd mounts itself.
umount -R /sys/fs/cgroup
if [ "$parents" = /sys/fs/cgroup ]; then
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
else
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  for kind in memory pids name=systemd; do
    mkdir "/sys/fs/cgroup/${kind#name=}"
    mount -t cgroup -o "none,$kind" cgroup "/sys/fs/cgroup/${kind#name=}" 2>/dev/null ||
      mount -t cgroup -o "$kind" cgroup "/sys/fs/cgroup/${kind#name=}"
  done
  mkdir /sys/fs/cgroup/unified
  mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
fi

# Mounts are shared on a booted machine, and credentials depend on it: a child of process 1 mounts them, for process 1 to see. systemd
# itself does this everywhere but in a container.
mount --make-rshared /

# Only what the service asks for by name is there to be started.
for target in basic sysinit shutdown network-online test; do
  printf '[Unit]\nDefaultDependencies=no\n' >"/run/units/$target.target"
done
cp /usr/lib/systemd/system/systemd-journald.socket /usr/lib/systemd/system/systemd-journald.service /run/units 2>/dev/null ||
  cp /lib/systemd/system/systemd-journald.socket /lib/systemd/system/systemd-journald.service /run/units
mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRateLimitBurst=0\n' >/etc/systemd/journald.conf.d/test.conf

systemd=/usr/lib/systemd/systemd
[ -x $systemd ] || systemd=/lib/systemd/systemd
exec env -i "PATH=$PATH" container=test SYSTEMD_UNIT_PATH=/run/units SYSTEMD_GENERATOR_PATH=/run/none \
  SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/run/none $systemd --system --unit=test.target --log-target=console --show-status=no
