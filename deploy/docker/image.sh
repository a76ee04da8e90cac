#!/bin/sh
# Lays out the file system of the image: image.sh PADDOCK ROOT. Two folders are made, because COPY gives all that it copies to
# one user: ROOT/system for root, ROOT/zookeeper for user 1000, who is zookeeper in ZooKeeper's official image too. Its group is
# 0 and may write: that is the group of whoever is named by a number that the image does not know (--user 1234, OpenShift).
set -eu

paddock=$1
root=$2
mkdir -p "$root/system/usr/bin" "$root/system/etc" "$root/zookeeper/conf" "$root/zookeeper/data" "$root/zookeeper/datalog" "$root/zookeeper/logs"
chmod 775 "$root"/zookeeper/*
install -m 755 "$paddock" "$root/system/usr/bin/paddock"
for script in zkServer.sh zkCli.sh zkCleanup.sh zkTxnLogToolkit.sh zkSnapShotToolkit.sh zkSnapshotComparer.sh \
    zkSnapshotRecursiveSummaryToolkit.sh; do
    ln -sf paddock "$root/system/usr/bin/$script"
done
echo 'root:x:0:0:root:/:/sbin/nologin
zookeeper:x:1000:1000:ZooKeeper:/data:/sbin/nologin' >"$root/system/etc/passwd"
echo 'root:x:0:
zookeeper:x:1000:' >"$root/system/etc/group"
