#!/bin/sh
# Builds and installs the six tools from this checkout, checks each, runs the
# whole pipeline on recorded metrics and says what it found and what is next.
# Runs on Linux and macOS, and again without harm.
#
#   scripts/onboard.sh [--yes] [--prefix DIR] [--demo-dir DIR] [--no-demo]
#
#   --yes           ask nothing
#   --prefix DIR    install into DIR/bin (~/.local)
#   --demo-dir DIR  where the demo writes (demo-output in the checkout)
#   --no-demo       install only
set -eu

fail() {
	printf 'onboard: %s\n' "$1" >&2
	exit "${2:-1}"
}

repo=$(cd "$(dirname "$0")/.." && pwd)
yes='' prefix='' demo=yes demo_dir=${DEMO_DIR:-$repo/demo-output}
while [ $# -gt 0 ]; do
	case $1 in
	--yes) yes=yes ;;
	--no-demo) demo='' ;;
	--prefix=*) prefix=${1#*=} ;;
	--demo-dir=*) demo_dir=${1#*=} ;;
	--prefix | --demo-dir)
		[ $# -ge 2 ] || fail "$1 needs a value; see --help" 2
		if [ "$1" = --prefix ]; then prefix=$2; else demo_dir=$2; fi
		shift
		;;
	-h | --help)
		sed -n '2,$ {
			/^#/!q
			s/^# \{0,1\}//p
		}' "$0"
		exit 0
		;;
	*) fail "unknown argument $1; see --help" 2 ;;
	esac
	shift
done
[ -n "$prefix" ] || prefix=${HOME:?is not set; give --prefix}/.local
tools="tars-ga-kpi tars-stability-monitor tars-anomaly-detector tars-health-report tars-regression-analyzer tars-retro"

# Go: at least what go.mod asks for, or new enough to fetch that by itself.
command -v go >/dev/null 2>&1 || fail "go is not installed; see https://go.dev/doc/install, or take a package of a release"
command -v make >/dev/null 2>&1 || fail "make is not installed"
wanted=$(awk '$1 == "go" { print $2; exit }' "$repo/go.mod")
# Asked outside the checkout, go tells its own version, not one it would fetch.
have=$(cd / && go env GOVERSION) || fail "go does not run"
have=${have#go}
# number makes versions comparable: 1.26.3 is 1026003, 1.26rc1 is 1026000.
number() { printf '%s\n' "$1" | awk -F '[.]' '{ sub(/[^0-9].*/, "", $2); print ($1 * 1000 + $2) * 1000 + int($3) }'; }
if [ "$(number "$have")" -ge "$(number "$wanted")" ]; then
	echo "go $have, which will do (go.mod wants $wanted)"
elif [ "$(number "$have")" -ge 1021000 ] && [ "$(cd / && go env GOTOOLCHAIN)" != local ]; then
	echo "go $have; go.mod wants $wanted, which go fetches by itself"
else
	fail "go $have is too old: go.mod wants $wanted; see https://go.dev/doc/install"
fi

if [ -z "$yes" ]; then
	[ -t 0 ] || fail "nobody to ask; say --yes to install into $prefix/bin" 2
	printf 'Install the six tools into %s/bin? [y/N] ' "$prefix"
	read -r answer || answer=
	case $answer in y | Y | yes) ;; *) fail "nothing is installed" ;; esac
fi

mkdir -p "$prefix/bin" || fail "cannot make $prefix/bin; give another --prefix"
bin=$(cd "$prefix/bin" && pwd)
[ -w "$bin" ] || fail "cannot write to $bin; give another --prefix"
make -s -C "$repo" build OUT="$bin" || fail "building: see above"
for tool in $tools; do
	version=$("$bin/$tool" --version) || fail "$bin/$tool --version ends with status $?"
	case $version in *"$tool"*) ;; *) fail "$bin/$tool says it is: $version" ;; esac
	echo "installed $version"
done

if [ -n "$demo" ]; then
	mkdir -p "$demo_dir"
	demo_dir=$(cd "$demo_dir" && pwd)
	# The demo replaces what an earlier one left, and must not replace anything else.
	if [ "$demo_dir" != "$repo/demo-output" ] && [ ! -e "$demo_dir/demo.log" ] && [ -n "$(ls -A "$demo_dir")" ]; then
		fail "$demo_dir is not empty and holds no earlier demo; give another --demo-dir" 2
	fi
	TARS_BIN=$bin DEMO_DIR=$demo_dir sh "$repo/scripts/demo.sh" >"$demo_dir/demo.log" 2>&1 ||
		fail "the demo failed: $(tail -1 "$demo_dir/demo.log"); all of it is in $demo_dir/demo.log"
	# The figures come out of the document itself.
	cat >"$demo_dir/figures.tmpl" <<'END'
{{with .executive_summary}}  {{.headline}}
{{range .facts}}  - {{.description}}
{{end}}{{range .unknowns}}  - not known: {{.description}}
{{end}}{{end}}  - {{len .action_items}} action items
{{range .action_items}}{{if eq .priority "P0"}}    P0: {{.description}}
{{end}}{{end}}
END
	printf '\nThe demo week, read from recorded metrics:\n\n'
	"$bin/tars-retro" --template "$demo_dir/figures.tmpl" <"$demo_dir/output/GA_7DAY_RETROSPECTIVE.json"
	printf '\nIts retrospective: %s\nThe commands that made it: %s\n' "$demo_dir/output/GA_7DAY_RETROSPECTIVE.md" "$demo_dir/demo.log"
fi

printf '\nNext:\n'
case :$PATH: in
*:"$bin":*) ;;
*) printf '  export PATH="%s:$PATH"    # and in the profile of your shell\n' "$bin" ;;
esac
cat <<END
  tars-ga-kpi --prometheus-url http://YOUR-PROMETHEUS:9090 -f markdown    # the last 24 hours
  tars-ga-kpi --print-kpis    # what is measured, and by which queries
  $repo/deploy/README.md    # to run it daily: cron, systemd, Kubernetes, compose
  $repo/scripts/README.md    # what it answers and what not; Slack, GitHub, PagerDuty, mail, ...
END
