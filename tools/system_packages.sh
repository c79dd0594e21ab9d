#!/bin/sh
# Installs Debian packages, where that is possible without asking: root with apt.
# Usage: system_packages.sh serve|test
# `serve`: SoftHSM2, which keeps keys of level HSM; without it the development fallback does. And the
# tools of the network plane; without them reachability is simulated.
# `test`: also the databases and the rule set of the full test suite; without them what needs them is
# skipped.
set -u
lack="tests that need it are skipped"
[ "${1:-test}" = serve ] && lack="the development fallback keeps keys of level HSM, and networks are simulated"
need=""
ls /usr/lib/*/softhsm/libsofthsm2.so /usr/lib/softhsm/libsofthsm2.so >/dev/null 2>&1 || need="softhsm2"
if [ "${1:-test}" = test ]; then
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || need="$need postgresql"
    command -v mariadbd >/dev/null 2>&1 || ls /usr/sbin/mariadbd >/dev/null 2>&1 || need="$need mariadb-server"
    # The rule set that Debian carries, for the WAF; rules only, no daemon.
    [ -d /usr/share/modsecurity-crs/rules ] || need="$need modsecurity-crs"
fi
# The network plane, and the kernel as an opinion on packets.
PATH="$PATH:/usr/sbin:/sbin"
command -v nft >/dev/null 2>&1 || need="$need nftables"
command -v ip >/dev/null 2>&1 || need="$need iproute2"
[ -z "$need" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq >/dev/null 2>&1 || true
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $need >/dev/null 2>&1 \
        || echo "could not install: $need ($lack)"
else
    echo "not installed: $need ($lack)"
fi
exit 0
