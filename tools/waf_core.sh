#!/bin/sh
# The native core of the WAF's engine: never needed, built where cargo is. Without it, or where the
# build fails, the engine in Python gives the same answers, slower.
# Usage: waf_core.sh build ENVIRONMENT | waf_core.sh lint
# Crates are fetched once, as core/waf/Cargo.lock pins them; later builds need no network.
set -u
cd "$(dirname "$0")/.." || exit 1
slower="the WAF's engine runs in Python"

if ! command -v cargo >/dev/null 2>&1; then
    echo "cargo is not installed: $slower"
    exit 0
fi

lint() {
    cd core/waf || exit 1
    cargo fmt --check || exit 1
    cargo clippy --quiet --locked --features python -- --deny warnings || exit 1
    cargo test --quiet --locked --lib
}

build() {
    # The build calls maturin, which stands in the environment.
    PATH="$(cd "$1/bin" && pwd):$PATH"
    log=$(mktemp)
    begun=$(date +%s)
    if python -m pip install --quiet --no-deps --no-build-isolation ./core/waf >"$log" 2>&1; then
        size=$(python -c 'import juyong_waf_core as core, pathlib; print(sum(part.stat().st_size for part in pathlib.Path(core.__file__).parent.glob("*.so")) // 1024)')
        echo "the WAF's native core is built: $(($(date +%s) - begun)) s, $size KiB"
    else
        echo "the WAF's native core could not be built: $slower"
        tail -n 5 "$log"
    fi
    rm -f "$log"
}

case "${1:-}" in
    lint) lint ;;
    build) build "$2" ;;
    *) echo "usage: waf_core.sh build ENVIRONMENT | waf_core.sh lint" >&2; exit 2 ;;
esac
