"""The figures of a protected site, on a port of their own."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.commands import juyong
from tests.waiting import wait_until

from juyong.waf.running import sites_of

_PROGRAM = Path(sys.executable).with_name("juyong")


def test_figures_are_served_while_a_site_is(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # The backend is never asked.
    words = ("waf", "protect", "http://127.0.0.1:9", "--port", "0", "--rules", "none")
    own = ("--workers", "1", "--metrics-port", str(port), "--home", tmp_path)
    with (tmp_path / "output").open("wb") as output:
        child = subprocess.Popen((sys.executable, _PROGRAM, *words, *own), stdout=output)
    try:
        wait_until(lambda: sites_of(tmp_path))
        (site,) = sites_of(tmp_path)
        assert site.metrics == f"http://127.0.0.1:{port}/metrics"
        with socket.create_connection(("127.0.0.1", port), timeout=10) as asking:
            asking.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = asking.makefile("rb").read()
        assert b"\njuyong_waf_requests_total 0\n" in answer
    finally:
        os.kill(child.pid, signal.SIGTERM)
        assert child.wait(20) == 0


def test_a_port_of_figures_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = ("http://127.0.0.1:9", "--port", "0", "--metrics-port", port, "--home", tmp_path)
        done = juyong("waf", "protect", *words)
    assert done.status == 1
    assert f"port {port}: " in done.err
    assert sites_of(tmp_path) == []
