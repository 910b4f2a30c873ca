#!/bin/sh
# Run by systemd beside the daemon, as its user and in its sandbox: notes what can be written there, and which secret can be read.
exec >"$STATE_DIRECTORY/sandbox" 2>/dev/null

# Directories that everybody may write to, wherever they are: only the sandbox stands before them.
find / -maxdepth 3 \( -path /proc -o -path /tmp -o -path /var/tmp \) -prune -o \( -type d -o -type f \) -writable -print

for place in /etc /etc/open /usr /usr/local/lib /opt /opt/failoverd /opt/failoverd/dist /opt/failoverd/node_modules /var /var/lib \
  /var/lib/open /var/log /var/cache "$HOME" /home /root /run /run/open /run/lock /run/user /dev /dev/shm /dev/mqueue /sys /sys/fs/cgroup \
  /proc /proc/sys/kernel /boot /srv /mnt /tmp /var/tmp "$STATE_DIRECTORY"; do
  touch "$place/was-here" && rm "$place/was-here" && echo "wrote to $place"
done

for secret in /etc/failoverd/env /etc/failoverd/secrets/api-token /etc/shadow; do
  cat "$secret" >/dev/null && echo "read $secret"
done
echo done
