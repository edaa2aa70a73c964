#!/bin/sh
# Builds the image from dist/image/ARCH without network and runs every tool in
# it as its user on a read-only root. Needs buildah, podman and runc.
#
#   build/image-check.sh ARCH
set -eu
arch=$1
image=localhost/tars:check
store=$(mktemp -d)
data=$(mktemp -d)
trap 'chmod -R u+w "$store" && rm -rf "$store" "$data"' EXIT

buildah --root "$store" --storage-driver vfs bud --isolation chroot --format docker -q -f build/Dockerfile \
	--build-arg TREE=prebuilt --build-arg TARGETOS=linux --build-arg TARGETARCH="$arch" --build-arg VERSION=check -t "$image" . >/dev/null

run() {
	podman --root "$store" --storage-driver vfs --runtime runc run --rm -i --no-healthcheck --read-only --network none --cap-drop all \
		--ulimit nofile=1024:1024 --ulimit nproc=1024:1024 -v "$data:/data" "$image" "$@"
}
chown 1000:1000 "$data"
for tool in tars-ga-kpi tars-stability-monitor tars-anomaly-detector tars-health-report tars-regression-analyzer tars-retro; do
	run "$tool" --version
done
run tars-ga-kpi --output-dir /data <fixtures/captures/ga.json.gz
owner=$(stat -c %u "$data/ga_kpis/ga_kpi_summary.json")
[ "$owner" = 1000 ] || { echo "image-check: the user of the image is $owner, want 1000" >&2; exit 1; }
if run tars-ga-kpi -o /refused.json <fixtures/captures/ga.json.gz 2>/dev/null; then
	echo "image-check: the root of the image can be written" >&2
	exit 1
fi
if run sh -c true 2>/dev/null; then
	echo "image-check: the image has a shell" >&2
	exit 1
fi

buildah --root "$store" --storage-driver vfs push -q "$image" "docker-archive:$data/image.tar"
unpacked=$(du -sb "dist/image/$arch" | cut -f1)
packed=$(gzip -c "$data/image.tar" | wc -c)
echo "image for $arch: $((packed / 1000000)) MB compressed, $((unpacked / 1000000)) MB unpacked"
# What the image may weigh.
if [ "$packed" -gt 25000000 ] || [ "$unpacked" -gt 60000000 ]; then
	echo "image-check: that is over 25 MB compressed or 60 MB unpacked" >&2
	exit 1
fi
