#!/bin/sh
# Installs the Debian packages the full test suite uses, where that is possible without asking.
# Without them the suite still runs; what needs them is skipped and says so.
set -u
need=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || need="$need postgresql"
ls /usr/lib/*/softhsm/libsofthsm2.so /usr/lib/softhsm/libsofthsm2.so >/dev/null 2>&1 || need="$need softhsm2"
command -v mariadbd >/dev/null 2>&1 || ls /usr/sbin/mariadbd >/dev/null 2>&1 || need="$need mariadb-server"
[ -z "$need" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq >/dev/null 2>&1 || true
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $need >/dev/null 2>&1 \
        || echo "could not install:$need (tests that need it are skipped)"
else
    echo "not installed:$need (tests that need it are skipped)"
fi
exit 0
