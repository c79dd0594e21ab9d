"""What a worker's process does before its first request, and leaves for later."""

import subprocess
import sys

import pytest


def told(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("juyong.waf.worker", {"ngh2", "lxml", "juyong.engines.inspect.fast.engine"}),
        ("juyong.waf.rules", {"ngh2", "lxml"}),
    ],
)
def test_a_start_imports_no_library_that_no_request_needs_yet(
    module: str, absent: set[str]
) -> None:
    code = f"import sys, {module}; print(*sys.modules.keys() & {absent})"
    assert told(code) == ""


def test_the_collector_is_on_again_and_passes_over_what_the_start_made() -> None:
    code = """if True:
        import gc
        gc.disable()
        from juyong.waf import worker
        worker.leave_the_heap_alone()
        print(gc.isenabled(), gc.get_freeze_count() > 10_000, len(gc.get_objects()) < 1_000)
    """
    assert told(code) == "True True True"


def test_a_reload_collects_what_stands_in_circles() -> None:
    code = """if True:
        import gc, weakref
        from juyong.waf import worker
        worker.leave_the_heap_alone()
        class Made: pass
        made = Made()
        made.itself = made
        seen = weakref.ref(made)
        del made
        worker.leave_the_heap_alone()
        print(seen())
    """
    assert told(code) == "None"
