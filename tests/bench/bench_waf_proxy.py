"""What the WAF's proxy costs beside nginx: requests a second, processor time, memory.

    python tests/bench/bench_waf_proxy.py [--seconds 3] [--rounds 5]

Needs `nginx` and `wrk` on the path, or in the folders of `--nginx` and `--wrk`. An origin (nginx),
nginx as a proxy, the WAF without rules and the WAF with its own pack run one after the other in each
round, one worker each, under 32 connections; the best round of each counts. The load average is
printed, since all of them and the load share the machine.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.waiting import wait_until

GOAL = 0.85
"""Of nginx's requests a second, without rules."""
CONNECTIONS = 32
ORIGIN, NGINX, BARE, RULES = 19_101, 19_102, 19_103, 19_104
_TICK = os.sysconf("SC_CLK_TCK")
_HEADERS = ("User-Agent: Mozilla/5.0 (X11; Linux x86_64)", "Accept: text/html", "Cookie: a=b")
_CONFIG = """daemon off; master_process off; worker_processes 1; pid {name}.pid; error_log {name}.err;
events {{ worker_connections 1024; }}
http {{ access_log {log}; client_body_temp_path {name}1; proxy_temp_path {name}2;
fastcgi_temp_path {name}3; uwsgi_temp_path {name}4; scgi_temp_path {name}5; keepalive_requests 9999999;
upstream o {{ server 127.0.0.1:{origin}; keepalive 64; keepalive_requests 9999999; }}
server {{ listen 127.0.0.1:{port}; location / {{ {what} }} }} }}
"""
_ANSWER = 'return 200 "hello, this is the origin";'
_PASS = (
    'proxy_pass http://o; proxy_http_version 1.1; proxy_set_header Connection "";'
    " proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
)


@dataclass
class Side:
    """A server under load, and its best round."""

    name: str
    port: int
    process: int
    rate: float = 0.0
    cpu_us: float = 0.0
    slowest_ms: float = 0.0


@contextmanager
def started(*command: str | Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the end of the block."""
    with (folder / "output").open("ab") as output:
        child = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(20)


def nginx(binary: str, folder: Path, name: str, port: int, what: str) -> tuple[str | Path, ...]:
    """Write a configuration, and return the command."""
    log = "off" if name == "origin" else f"{name}.log"
    path = folder / f"{name}.conf"
    path.write_text(_CONFIG.format(name=name, port=port, what=what, origin=ORIGIN, log=log))
    return (binary, "-p", folder, "-c", path)


def waf(folder: Path, port: int, rules: str) -> tuple[str | Path, ...]:
    """Return the command of a WAF with one worker."""
    juyong = Path(sys.executable).with_name("juyong")
    own = ("--port", str(port), "--workers", "1", "--rules", rules, "--home", folder / rules)
    return (juyong, "waf", "protect", f"http://127.0.0.1:{ORIGIN}", *own)


def answers(port: int) -> bool:
    """Tell whether a server answers."""
    done = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{port}/"], check=False
    )
    return done.returncode == 0


def worker_of(process: int) -> int:
    """Return the process that serves: a child of a supervisor, or the process itself."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(children[0]) if children else process


def cpu_of(process: int) -> float:
    """Return the processor time of a process in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory_of(process: int) -> float:
    """Return the resident memory of a process in MiB."""
    told = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+) kB", told)[0]) / 1024


def measure(wrk: str, side: Side, seconds: int) -> None:
    """Load a server, and keep the round where it is the best one."""
    process = worker_of(side.process)
    before = cpu_of(process)
    headers = [word for header in _HEADERS for word in ("-H", header)]
    url = f"http://127.0.0.1:{side.port}/a?b=c&d=e"
    load = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", *headers, url]
    told = subprocess.run(load, capture_output=True, text=True, check=True).stdout
    used = cpu_of(process) - before
    count = int(re.findall(r"(\d+) requests in", told)[0])
    assert "Non-2xx" not in told, told
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0])
    value, unit = re.findall(r"99%\s+([\d.]+)(us|ms|s)", told)[0]
    if rate > side.rate:
        side.rate, side.cpu_us = rate, used / count * 1e6
        side.slowest_ms = float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def main() -> int:
    """Print the figures; 1 where the goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--nginx", default=shutil.which("nginx") or "/usr/sbin/nginx")
    parser.add_argument("--wrk", default=shutil.which("wrk") or "wrk")
    given = parser.parse_args()
    if not shutil.which(given.nginx) or not shutil.which(given.wrk):
        print("skipped: nginx or wrk is not installed")
        return 0
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        commands = {
            ORIGIN: nginx(given.nginx, folder, "origin", ORIGIN, _ANSWER),
            NGINX: nginx(given.nginx, folder, "proxy", NGINX, _PASS),
            BARE: waf(folder, BARE, "none"),
            RULES: waf(folder, RULES, "own"),
        }
        running = {}
        for port, command in commands.items():
            running[port] = stack.enter_context(started(*command, folder=folder))
            wait_until(lambda port=port: answers(port))  # type: ignore[misc]
        sides = [
            Side("nginx", NGINX, running[NGINX].pid),
            Side("WAF without rules", BARE, running[BARE].pid),
            Side("WAF with its own pack", RULES, running[RULES].pid),
        ]
        for _ in range(given.rounds):
            for side in sides:
                measure(given.wrk, side, given.seconds)
        print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
        for side in sides:
            part = side.rate / sides[0].rate
            print(
                f"{side.name:24}{side.rate:9.0f} req/s  {part:5.2f} x  {side.cpu_us:7.1f} us of a"
                f" processor  p99 {side.slowest_ms:6.1f} ms  memory {memory_of(worker_of(side.process)):4.0f} MiB"
            )
    return int(sides[1].rate < GOAL * sides[0].rate)


if __name__ == "__main__":
    sys.exit(main())
