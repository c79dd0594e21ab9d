"""What the WAF's proxy costs beside nginx, and what rules cost beside ModSecurity in nginx.

    python tests/bench/bench_waf_proxy.py [--seconds 3] [--rounds 5] [--levels 1,4]

Needs `nginx` and `wrk` on the path, or in the folders of `--nginx` and `--wrk`. An origin (nginx),
nginx as a proxy, the WAF without rules and with its own pack, and a relay of the same loop that does
nothing (waf_relay.py: no proxy in Python can be faster) run one after the other in each round,
one worker each, under 32 connections; the best round of each counts. Where the Core Rule Set 4 is,
the WAF runs it too, and so does nginx with the module of ModSecurity (`--modsecurity`) where that
is: all rules judge, and none blocks. Printed are requests a second, processor time, the slowest of
100 as the median of all rounds and as multiple of nginx's, the memory of a worker, and the load
average, since all of them and the load share the machine; last, how long a WAF with a kept plan
takes from its start to its first answer.
"""

import argparse
import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

import pytest
from tests.inspect_suite.over_tcp.proxy import rule_folder
from tests.inspect_suite.peer_rules import readable
from tests.waiting import wait_until

GOAL = 0.85
"""Of nginx's requests a second, without rules."""
TAIL_GOAL = 1.5
"""Of the time in which nginx answers the slowest of 100, without rules."""
CONNECTIONS = 32
ORIGIN, NGINX, BARE, RULES, RELAY, START = 19_101, 19_102, 19_103, 19_104, 19_105, 19_106
CRS, PEER = 19_110, 19_120
"""Ports; those of rule sets have the level added."""
_MODULE = "/usr/lib/nginx/modules/ngx_http_modsecurity_module.so"
_PACKAGE = Path(__file__).parents[2] / "src" / "juyong"
_JUYONG = Path(sys.executable).with_name("juyong")
_TICK = os.sysconf("SC_CLK_TCK")
_HEADERS = (
    "Host: shop.example",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
    "Accept: text/html",
    "Cookie: a=b",
)
_CONFIG = """{module}daemon off; master_process off; worker_processes 1; pid {name}.pid; error_log {name}.err;
events {{ worker_connections 1024; }}
http {{ access_log {log}; client_body_temp_path {name}1; proxy_temp_path {name}2;
fastcgi_temp_path {name}3; uwsgi_temp_path {name}4; scgi_temp_path {name}5; keepalive_requests 9999999;
upstream o {{ server 127.0.0.1:{origin}; keepalive 64; keepalive_requests 9999999; }}
server {{ listen 127.0.0.1:{port}; location / {{ {what} }} }} }}
"""
_RULES = "modsecurity on; modsecurity_rules_file {file}; "
_ANSWER = 'return 200 "hello, this is the origin";'
_PASS = (
    'proxy_pass http://o; proxy_http_version 1.1; proxy_set_header Connection "";'
    " proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
)


Command = tuple[str | Path, ...]


@dataclass
class Side:
    """A server under load, and its best round; slowest_ms: Of 100, in each round."""

    name: str
    port: int
    process: int
    rate: float = 0.0
    cpu_us: float = 0.0
    memory_mib: float = 0.0
    slowest_ms: list[float] = field(default_factory=list)


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


def nginx(
    binary: str, folder: Path, name: str, port: int, what: str, *, module: str = ""
) -> Command:
    """Write a configuration, and return the command."""
    log = "off" if name == "origin" else f"{name}.log"
    path = folder / f"{name}.conf"
    loads = f"load_module {module};\n" if module else ""
    path.write_text(
        _CONFIG.format(name=name, port=port, what=what, origin=ORIGIN, log=log, module=loads)
    )
    return (binary, "-p", folder, "-c", path)


def waf(folder: Path, port: int, rules: str, *more: str) -> Command:
    """Return the command of a WAF with one worker."""
    own = ("--port", str(port), "--workers", "1", "--rules", rules, "--home", folder / rules)
    return (_JUYONG, "waf", "protect", f"http://127.0.0.1:{ORIGIN}", *own, *more)


def relay(port: int) -> Command:
    """Return the command of a relay that does nothing."""
    return (sys.executable, Path(__file__).with_name("waf_relay.py"), str(port), str(ORIGIN))


def crs(folder: Path, level: int) -> Command | None:
    """Install the Core Rule Set, and return the command of a WAF that judges by it; else None."""
    name = f"crs{level}"
    try:
        rules = rule_folder(folder / f"rules{level}", level)
    except pytest.skip.Exception:
        return None
    command = (_JUYONG, "waf", "rules", "install", rules, "--name", name, "--home", folder / name)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return waf(folder, CRS + level, name, "--detect")


def peer(binary: str, module: str, folder: Path, level: int) -> Command:
    """Return the command of nginx with ModSecurity, which judges by the same files."""
    rules = folder / f"peer{level}"
    rules.mkdir()
    for file in sorted((folder / f"rules{level}").rglob("*")):
        if file.is_file():
            (rules / file.name).write_bytes(readable(file.read_bytes()))
    main = rules / "main"
    main.write_text("SecAuditEngine Off\nInclude crs-setup.conf\nInclude RE*.conf\n")
    what = _RULES.format(file=main) + _PASS
    return nginx(binary, folder, f"modsecurity{level}", PEER + level, what, module=module)


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
    """Return the memory of a process in MiB: what lies in memory, shared pages in part."""
    told = Path(f"/proc/{process}/smaps_rollup").read_text()
    return int(re.findall(r"^Pss: +(\d+) kB$", told, re.MULTILINE)[0]) / 1_024


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
    side.memory_mib = memory_of(process)
    side.slowest_ms.append(float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit])
    if rate > side.rate:
        side.rate, side.cpu_us = rate, used / count * 1e6


def start_of(folder: Path, rules: str) -> tuple[float, float]:
    """Return the shortest time from a start to the first answer, and the least processor time.

    Both in seconds; the first of four starts does not count, since that one keeps the plan. Modules
    are compiled first, as an installation's are.
    """
    compileall.compile_dir(_PACKAGE, quiet=2)
    taken, used = [], []
    for _ in range(4):
        begun = time.monotonic()
        with started(*waf(folder, START, rules), folder=folder) as child:
            wait_until(lambda: answers(START))
            taken.append(time.monotonic() - begun)
            used.append(cpu_of(child.pid) + cpu_of(worker_of(child.pid)))
    return min(taken[1:]), min(used[1:])


def contestants(given: argparse.Namespace, folder: Path) -> dict[str, tuple[int, Command]]:
    """Return the ports and the commands of all sides, by name."""
    found: dict[str, tuple[int, Command]] = {
        "nginx": (NGINX, nginx(given.nginx, folder, "proxy", NGINX, _PASS)),
        "WAF without rules": (BARE, waf(folder, BARE, "none")),
        "WAF with its own pack": (RULES, waf(folder, RULES, "own")),
        "a relay that does nothing": (RELAY, relay(RELAY)),
    }
    for level in map(int, given.levels.split(",")):
        ours = crs(folder, level)
        if ours is None:
            print(f"absent: the Core Rule Set at level {level}")
            continue
        found[f"WAF, CRS level {level}"] = (CRS + level, ours)
        if Path(given.modsecurity).is_file():
            theirs = peer(given.nginx, given.modsecurity, folder, level)
            found[f"ModSecurity, CRS level {level}"] = (PEER + level, theirs)
        else:
            print(f"absent: {given.modsecurity}")
    return found


def tail(side: Side, beside: Side) -> float:
    """Return the slowest of 100 as multiple of another side's in the same round, the median of all.

    Any other process of the machine takes turns of the processors, which last milliseconds, so
    figures of different rounds tell of the machine.
    """
    rounds = zip(side.slowest_ms, beside.slowest_ms, strict=True)
    return median(ours / theirs for ours, theirs in rounds)


def report(sides: list[Side]) -> None:
    """Print a line for each side, beside nginx and, with the same rules, beside ModSecurity."""
    named = {side.name: side for side in sides}
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    for side in sides:
        theirs = named.get(side.name.replace("WAF,", "ModSecurity,"), side)
        beside = ""
        if theirs is not side and side.cpu_us:
            faster, less = side.rate / theirs.rate, theirs.cpu_us / side.cpu_us
            beside = f"  {faster:.1f} x ModSecurity, by {less:.1f} x less of a processor"
        print(
            f"{side.name:26}{side.rate:9.0f} req/s  {side.rate / sides[0].rate:5.2f} x"
            f"  {side.cpu_us:7.1f} us of a processor  p99 {median(side.slowest_ms):7.1f} ms"
            f"  {tail(side, sides[0]):4.1f} x"
            f"  {side.memory_mib:6.1f} MiB{beside}"
        )


def main() -> int:
    """Print the figures; 1 where the goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--levels", default="1,4", help="paranoia levels of the Core Rule Set")
    parser.add_argument("--nginx", default=shutil.which("nginx") or "/usr/sbin/nginx")
    parser.add_argument("--wrk", default=shutil.which("wrk") or "wrk")
    parser.add_argument("--modsecurity", default=_MODULE, help="the module for nginx")
    given = parser.parse_args()
    if not shutil.which(given.nginx) or not shutil.which(given.wrk):
        print("skipped: nginx or wrk is not installed")
        return 0
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        origin = nginx(given.nginx, folder, "origin", ORIGIN, _ANSWER)
        commands = {"origin": (ORIGIN, origin), **contestants(given, folder)}
        sides = []
        for name, (port, command) in commands.items():
            child = stack.enter_context(started(*command, folder=folder))
            wait_until(lambda port=port: answers(port))  # type: ignore[misc]
            sides.append(Side(name, port, child.pid))
        sides = sides[1:]
        for _ in range(given.rounds):
            for side in sides:
                measure(given.wrk, side, given.seconds)
        report(sides)
        for rules in ("none", "own"):
            taken, used = start_of(folder, rules)
            print(f"start with rules `{rules}`: {taken:.2f} s, {used:.2f} s of a processor")
    fast = sides[1].rate >= GOAL * sides[0].rate
    return int(not fast or tail(sides[1], sides[0]) > TAIL_GOAL)


if __name__ == "__main__":
    sys.exit(main())
