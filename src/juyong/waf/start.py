"""Where a worker's process begins; see worker.py."""

import gc


def main() -> None:
    """Run a worker."""
    # PERF: nothing that a start makes is garbage; the worker turns the collector on again.
    gc.disable()
    from juyong.waf.worker import main as work  # noqa: PLC0415  # imports are most of a start

    work()


if __name__ == "__main__":
    main()
