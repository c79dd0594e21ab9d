#!/bin/sh
# Builds the native core of the WAF engine and installs it, where cargo is; without it, or where the
# build fails, the engine in Python gives the same answers, slower.
# Usage: waf_core.sh ENVIRONMENT
# Crates are fetched once, as core/waf/Cargo.lock pins them; later builds need no network.
set -u
cd "$(dirname "$0")/.." || exit 1
slower="the WAF runs on its engine in Python"
if ! command -v cargo >/dev/null 2>&1; then
    echo "cargo is not installed: $slower"
    exit 0
fi
# The build calls maturin, which stands in the environment.
PATH="$(cd "$1/bin" && pwd):$PATH"
log=$(mktemp)
begun=$(date +%s)
if "$1/bin/python" -m pip install --quiet --no-deps --no-build-isolation ./core/waf >"$log" 2>&1; then
    size=$("$1/bin/python" -c 'import juyong_waf_core as core, pathlib; print(sum(file.stat().st_size for file in pathlib.Path(core.__file__).parent.glob("*.so")) // 1024)')
    echo "the WAF's native core is built: $(($(date +%s) - begun)) s, $size KiB"
else
    echo "the WAF's native core could not be built: $slower"
    tail -n 5 "$log"
fi
rm -f "$log"
exit 0
