#!/bin/sh
# Lays out the files of the container image.
#
#   build/image-root.sh BIN TREE
#
# BIN holds the six tools for the image's platform. TREE/root becomes the root
# of the image; TREE/data becomes /data, which the user of the image owns.
set -eu
bin=$1 tree=$2

rm -rf "$tree"
mkdir -p "$tree/root/usr/local/bin" "$tree/root/etc/ssl/certs" "$tree/root/usr/share" "$tree/root/tmp" "$tree/data"
cp "$bin"/tars-ga-kpi "$bin"/tars-stability-monitor "$bin"/tars-anomaly-detector \
	"$bin"/tars-health-report "$bin"/tars-regression-analyzer "$bin"/tars-retro "$tree/root/usr/local/bin/"
cp -L "${CA_CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}" "$tree/root/etc/ssl/certs/ca-certificates.crt"
# Go reads time zones from this file when ZONEINFO names it.
cp "$(go env GOROOT)/lib/time/zoneinfo.zip" "$tree/root/usr/share/zoneinfo.zip"
echo 'tars:x:1000:1000:tars:/data:/sbin/nologin' >"$tree/root/etc/passwd"
echo 'tars:x:1000:' >"$tree/root/etc/group"
chmod 755 "$tree/root/usr/local/bin"/*
chmod 644 "$tree/root/etc/passwd" "$tree/root/etc/group" "$tree/root/etc/ssl/certs/ca-certificates.crt"
chmod 1777 "$tree/root/tmp"
