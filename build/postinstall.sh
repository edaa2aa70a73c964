#!/bin/sh
# After the package is installed: the user of the service, and its timer is
# known. The timer is enabled by whoever wrote /etc/tars/tars.env.
set -eu
if command -v systemd-sysusers >/dev/null; then systemd-sysusers tars.conf; fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
