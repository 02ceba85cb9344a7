#!/bin/bash
# Makes the image of a whole Debian host: build.sh IMAGE:TAG SCRATCH-FOLDER. Needs root, debootstrap and an Engine.
# Two at a time wait for each other; what is there already is not made again.
set -euo pipefail
image=$1
scratch=$2
here=$(cd "$(dirname "$0")" && pwd)

mkdir -p "$scratch"
exec 9>"$scratch/build.lock"
flock 9
if docker image inspect "$image" >/dev/null 2>&1; then exit 0; fi

discard() {
  for point in proc sys dev/pts dev; do umount -l "$1/$point" 2>/dev/null || true; done
  rm -rf --one-file-system "$1"
}
# What a build left that was killed.
for old in "$scratch"/root.*; do [ -e "$old" ] && discard "$old"; done
root=$(mktemp -d "$scratch/root.XXXXXX")
trap 'discard "$root"' EXIT
chmod 755 "$root"

packages=$(paste -sd, "$here/packages")
debootstrap --variant=minbase --include="$packages" bookworm "$root" ${SLIPWAY_LAB_MIRROR:-} >"$scratch/debootstrap.log" 2>&1 9>&- || {
  tail -n 20 "$scratch/debootstrap.log" >&2
  exit 1
}

chroot "$root" useradd -m -u 1000 -s /bin/bash -G docker,haproxy deploy
chroot "$root" useradd -m -u 1001 -s /bin/bash -G sudo admin
echo 'admin:adminpw' | chroot "$root" chpasswd
for user in deploy admin; do install -d -m 700 -o "$(stat -c %u "$root/home/$user")" -g "$(stat -c %g "$root/home/$user")" "$root/home/$user/.ssh"; done

cp -rT --no-preserve=ownership "$here/root" "$root"
chown -R 0:0 "$root/etc/sudoers.d" && chmod 440 "$root/etc/sudoers.d/deploy"
ln -sfT ../sites-available/shop "$root/etc/nginx/sites-enabled/default"
# Every host has keys and an id of its own, made when it starts.
rm -f "$root"/etc/ssh/ssh_host_* && : >"$root/etc/machine-id" && rm -f "$root/var/lib/dbus/machine-id"
# Work of the clock's that would disturb a test. Of podman the socket is enough: it starts the rest when it is asked.
for timer in apt-daily apt-daily-upgrade dpkg-db-backup e2scrub_all fstrim logrotate podman-auto-update; do
  ln -sf /dev/null "$root/etc/systemd/system/$timer.timer"
done
chroot "$root" systemctl --quiet disable podman.service podman-auto-update.service podman-restart.service 2>/dev/null
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*

tar -C "$root" -c . | docker import -c 'CMD ["/sbin/init"]' -c 'LABEL slipway-lab-image=1' - "$image" >/dev/null
