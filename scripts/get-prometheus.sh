#!/bin/sh
# Brings a real Prometheus for the tests and prints the directory that holds
# prometheus and promtool: the one on PATH, else Debian's package, else built
# from its Go module.
#
#   get-prometheus.sh [CACHE_DIR]   # what is built is kept there
set -eu

VERSION=v0.316.0 # of the module: Prometheus 3.16

cache=${1:-${TARS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tars}}
built=$cache/prometheus-$VERSION

found() {
	if command -v prometheus >/dev/null 2>&1 && command -v promtool >/dev/null 2>&1 &&
		[ "$(dirname "$(command -v prometheus)")" = "$(dirname "$(command -v promtool)")" ]; then
		dirname "$(command -v promtool)"
	elif [ -x "$built/prometheus" ] && [ -x "$built/promtool" ]; then
		echo "$built"
	else
		return 1
	fi
}

found && exit

# Several tests may come here at once; one brings it, the others wait. A lock
# whose owner is gone is no lock.
mkdir -p "$cache"
lock=$cache/bringing-prometheus
until (set -C && echo $$ >"$lock") 2>/dev/null; do
	owner=$(cat "$lock" 2>/dev/null || true)
	if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
		rm -f "$lock"
	else
		sleep 1
	fi
done
policy=/usr/sbin/policy-rc.d
policy_is_ours=
work=
clean() {
	[ -z "$policy_is_ours" ] || rm -f "$policy"
	[ -z "$work" ] || rm -rf "$work"
	rm -f "$lock"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

found && exit

# The package starts a service; a policy that forbids it keeps it from running.
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
	if [ ! -e "$policy" ]; then
		policy_is_ours=yes
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod +x "$policy"
	fi
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends prometheus; } >&2 || true
	found && exit
fi

echo "building Prometheus from its Go module, which takes some minutes" >&2
work=$(mktemp -d "$cache/building-XXXXXX")
(
	cd "$work"
	export GOFLAGS=-mod=mod GOWORK=off CGO_ENABLED=0
	go mod init prometheus-for-tests
	go get "github.com/prometheus/prometheus@$VERSION"
	mkdir bin
	# One discovery dependency cannot be had everywhere; none is needed.
	go build -tags remove_all_sd -o bin/ github.com/prometheus/prometheus/cmd/prometheus github.com/prometheus/prometheus/cmd/promtool
	rm -rf "$built"
	mv bin "$built"
) >&2
found
