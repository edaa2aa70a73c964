#!/bin/sh
# Brings a real Prometheus for the tests and prints the directory that holds
# prometheus and promtool: the one on PATH, else Debian's package, else built
# from its Go module.
set -eu

VERSION=v0.316.0 # of the module: Prometheus 3.16

if command -v prometheus >/dev/null 2>&1 && command -v promtool >/dev/null 2>&1; then
	dirname "$(command -v promtool)"
	exit 0
fi

cache=${TARS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tars}
built=$cache/prometheus-$VERSION
if [ -x "$built/prometheus" ] && [ -x "$built/promtool" ]; then
	echo "$built"
	exit 0
fi

# The package starts a service; a policy that forbids it keeps it from running.
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
	policy=/usr/sbin/policy-rc.d
	made=
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made=yes
	fi
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends prometheus; } >&2 || true
	if [ -n "$made" ]; then rm -f "$policy"; fi
	if command -v prometheus >/dev/null 2>&1 && command -v promtool >/dev/null 2>&1; then
		dirname "$(command -v promtool)"
		exit 0
	fi
fi

echo "building Prometheus from its Go module, which takes some minutes" >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$built"
(
	cd "$work"
	go mod init prometheus-for-tests
	go get "github.com/prometheus/prometheus@$VERSION"
	# One discovery dependency cannot be had everywhere; none is needed.
	go build -tags remove_all_sd -o "$built/" github.com/prometheus/prometheus/cmd/prometheus github.com/prometheus/prometheus/cmd/promtool
) >&2
echo "$built"
