#!/bin/sh
# Looks into what make snapshot built: every archive and package must hold the
# six tools and the manual, and the tools of this platform must say what they
# are. Needs unzip, dpkg-deb and rpm.
set -eu
cd dist/release

holds() { # LIST SUFFIX WHAT...
	list=$1 suffix=$2
	shift 2
	for tool in tars-ga-kpi tars-stability-monitor tars-anomaly-detector tars-health-report tars-regression-analyzer tars-retro; do
		for file in "$tool$suffix" "$tool.1" README.md RUNBOOK.md; do
			grep -q "/$file\$" "$list" || { echo "release-check: $* lacks $file" >&2; exit 1; }
		done
	done
	echo "$* holds the six tools and their manual"
}
list=$(mktemp)
trap 'rm -f "$list"' EXIT
for archive in *.tar.gz; do
	tar -tzf "$archive" | sed 's|^|/|' >"$list"
	holds "$list" "" "$archive"
done
for archive in *.zip; do
	unzip -Z1 "$archive" | sed 's|^|/|' >"$list"
	holds "$list" .exe "$archive"
done
for package in *.deb; do
	dpkg-deb --fsys-tarfile "$package" | tar -t | sed 's|\.gz$||' >"$list"
	holds "$list" "" "$package"
done
for package in *.rpm; do
	rpm -qpl "$package" | sed 's|\.gz$||' >"$list"
	holds "$list" "" "$package"
done
for file in /usr/bin/tars-week /usr/lib/systemd/system/tars-detector.service /usr/lib/systemd/system/tars-week.timer /usr/lib/sysusers.d/tars.conf /etc/tars/tars.env; do
	grep -qx "$file" "$list" || { echo "release-check: $package lacks $file" >&2; exit 1; }
done
# What the cask for Homebrew names must be in the archives.
tar -tzf tars_*_darwin_arm64.tar.gz >"$list"
grep -oE '"(manual/[^"]*|tars-[^"]*)"' homebrew/Casks/tars.rb | tr -d '"' | while read -r file; do
	grep -qx "$file" "$list" || { echo "release-check: the cask names $file, which no archive holds" >&2; exit 1; }
done
sha256sum --quiet -c checksums.txt

# What was built says its version, commit and date.
commit=$(sed -n 's/.*"commit":"\([0-9a-f]\{40\}\)".*/\1/p' metadata.json)
version=$(./"tars-retro_$(go env GOOS)_$(go env GOARCH)_v1/tars-retro" --version)
echo "$version"
case $version in
"tars-retro v"*" (commit ${commit:-unknown}, 20"*) ;;
*)
	echo "release-check: it does not say its version, commit and date" >&2
	exit 1
	;;
esac
