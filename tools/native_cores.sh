#!/bin/sh
# The native cores, of the WAF's engine, the logs and the ledger: never needed, built where cargo is.
# Without them, or where a build fails, Python gives the same answers, slower.
# Usage: native_cores.sh build ENVIRONMENT | native_cores.sh lint
# Crates are fetched once, as each Cargo.lock pins them; later builds need no network.
set -u
cd "$(dirname "$0")/.." || exit 1
cores="waf logs ledger"

if ! command -v cargo >/dev/null 2>&1; then
    echo "cargo is not installed: the WAF's engine, the logs and the ledger run in Python"
    exit 0
fi

lint() (
    cd "core/$1" || exit 1
    cargo fmt --check || exit 1
    cargo clippy --quiet --locked --features python -- --deny warnings || exit 1
    cargo test --quiet --locked --lib
)

build() {
    log=$(mktemp)
    begun=$(date +%s)
    echo "building the native core of $1: once, some minutes on a small machine"
    if python -m pip install --quiet --no-deps --no-build-isolation "./core/$1" >"$log" 2>&1; then
        size=$(python -c "import juyong_$1_core as core, pathlib; print(sum(part.stat().st_size for part in pathlib.Path(core.__file__).parent.glob('*.so')) // 1024)")
        echo "the native core of $1 is built: $(($(date +%s) - begun)) s, $size KiB"
    else
        echo "the native core of $1 could not be built: Python does its work"
        tail -n 5 "$log"
    fi
    rm -f "$log"
}

case "${1:-}" in
    lint) for core in $cores; do lint "$core" || exit 1; done ;;
    build)
        # The build calls maturin, which stands in the environment.
        PATH="$(cd "$2/bin" && pwd):$PATH"
        for core in $cores; do build "$core"; done
        ;;
    *) echo "usage: native_cores.sh build ENVIRONMENT | native_cores.sh lint" >&2; exit 2 ;;
esac
