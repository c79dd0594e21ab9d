"""Questions in SQL about the logs of the corpus, each with its rows computed in plain Python."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from urllib.parse import parse_qs, urlsplit

from tests.logsearch_corpus import Seen

Rows = list[tuple[str, ...]]
Answer = Callable[[Sequence[Seen]], Rows]
NULL = "null"


def texts(rows: Iterable[Iterable[object]]) -> Rows:
    """Print values as SLS does."""
    return [tuple(_text(value) for value in row) for row in rows]


def _text(value: object) -> str:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def count_by(logs: Sequence[Seen], key: Callable[[Seen], object]) -> list[tuple[object, int]]:
    """Count by a value, most first, and equal counts by the value; None comes last."""
    counts = Counter(map(key, logs))
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0] is None, str(pair[0])))


def local(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC) + timedelta(hours=8)


def status(seen: Seen) -> int | None:
    number = seen.number("status")
    return int(number) if number is not None and abs(number) < 2**63 else None


def ip(seen: Seen) -> str | None:
    return seen.all.get("src_ip")


def having(logs: Sequence[Seen], *keys: str) -> list[Seen]:
    return [seen for seen in logs if all(seen.text(key) is not None for key in keys)]


def by_hour(logs: Sequence[Seen]) -> Rows:
    counts = Counter(local(s.log.time).strftime("%Y-%m-%d %H:00:00.000") for s in logs)
    return texts(sorted(counts.items()))


def failures_by_address(logs: Sequence[Seen]) -> Rows:
    errors = [
        s for s in having(logs, "event.errorCode") if s.has("event.errorCode", "nopermission")
    ]
    return texts(count_by(errors, lambda s: s.text("event.sourceIpAddress")))


def bytes_of(logs: Sequence[Seen]) -> dict[str, list[int]]:
    found = defaultdict(list)
    for seen in having(logs, "vpc-id"):
        found[seen.all["vpc-id"]].append(int(seen.all["bytes"]))
    return found


def top_of_each_action(logs: Sequence[Seen]) -> Rows:
    best: dict[str, list] = defaultdict(list)
    for seen in having(logs, "bytes"):
        best[seen.all["action"]].append((-int(seen.all["bytes"]), seen.all["src_ip"]))
    return texts((a, ip_, -b, 1) for a in sorted(best) for b, ip_ in [min(best[a])])


def severity(logs: Sequence[Seen]) -> Rows:
    def grade(seen: Seen) -> str:
        number = status(seen)
        return "ok" if number is None or number < 400 else "bad" if number >= 500 else "poor"

    return texts(count_by(logs, grade))


def parameters(logs: Sequence[Seen]) -> Rows:
    def value(seen: Seen) -> str | None:
        found = parse_qs(urlsplit(seen.all["uri"]).query).get("id")
        return found[0].split()[0] if found else None

    return texts(count_by(having(logs, "uri"), value))


def joined(logs: Sequence[Seen]) -> Rows:
    bad, good = ({ip(s) for s in logs if status(s) == n} for n in (403, 200))
    return texts([(len(bad & good),)])


def octets(logs: Sequence[Seen]) -> Rows:
    counts = Counter(part for s in having(logs, "src_ip") for part in ip(s).split("."))
    return texts(sorted(counts.items(), key=lambda p: (-p[1], p[0]))[:5])


def running(logs: Sequence[Seen]) -> Rows:
    total, rows = 0, []
    for seen in sorted(having(logs, "bytes"), key=lambda s: (int(s.all["bytes"]), s.log.time))[:5]:
        total += int(seen.all["bytes"])
        rows.append((seen.all["bytes"], total))
    return texts(rows)


def _subnet(seen: Seen) -> str:
    return "intranet" if ip_address(ip(seen)) in ip_network("10.0.0.0/8") else "internet"


SQL: dict[str, Answer] = {
    "* | SELECT count(*) AS pv": lambda logs: texts([(len(logs),)]),
    "ConsoleSignin | SELECT count(1)": lambda logs: texts(
        [(sum(s.says("consolesignin") for s in logs),)]
    ),
    "* | SELECT date_trunc('hour', __time__) AS t, count(*) AS c GROUP BY t ORDER BY t": by_hour,
    "* | select date_format(from_unixtime(__time__ - __time__ % 3600), '%Y-%m-%d %H:%i:%s.000') "
    "as t, count(*) as c from log group by t order by t limit 100": by_hour,
    '* | SELECT "event.eventName" AS name, count(*) AS c GROUP BY name ORDER BY c DESC, name': (
        lambda logs: texts(count_by(logs, lambda s: s.text("event.eventName")))
    ),
    "* | SELECT event.eventName, count(*) c WHERE event.eventName IS NOT NULL GROUP BY 1 "
    "ORDER BY 2 DESC, 1": (
        lambda logs: texts(
            count_by(having(logs, "event.eventName"), lambda s: s.text("event.eventName"))
        )
    ),
    "event.errorCode: NoPermission | SELECT source_ip, count(*) AS c GROUP BY source_ip "
    "ORDER BY c DESC, source_ip": failures_by_address,
    "event.userIdentity.type: root-account and event.eventName: ConsoleSignin | "
    "SELECT count(*) AS c": lambda logs: texts(
        [
            (
                sum(
                    s.has("event.userIdentity.type", "root-account")
                    and s.has("event.eventName", "consolesignin")
                    for s in logs
                ),
            )
        ]
    ),
    "* | SELECT json_extract_scalar(event, '$.userIdentity.type') AS t, count(*) AS c "
    "WHERE event.userIdentity.type IS NOT NULL AND json_extract_scalar(event, '$.isGlobal') = 'true'"
    " GROUP BY t ORDER BY c DESC, t": lambda logs: texts(
        count_by(
            [s for s in logs if s.event.get("isGlobal") and s.text("event.userIdentity.type")],
            lambda s: s.text("event.userIdentity.type"),
        )
    ),
    "* | SELECT json_extract(event, '$.requestParameters.list') AS l, count(*) AS c "
    "WHERE json_extract(event, '$.requestParameters.list') IS NOT NULL GROUP BY l": (
        lambda logs: texts([('["x","y"]', sum("isGlobal" in s.event for s in logs))])
    ),
    "* | SELECT count(DISTINCT src_ip) AS n, count(src_ip) AS c": lambda logs: texts(
        [(len({ip(s) for s in having(logs, "src_ip")}), len(having(logs, "src_ip")))]
    ),
    '* | SELECT "vpc-id" AS vpc, sum(bytes) AS total, max(bytes) AS most, min(bytes) AS least '
    'GROUP BY "vpc-id" HAVING sum(bytes) > 0 ORDER BY vpc': lambda logs: texts(
        (vpc, sum(b), max(b), min(b)) for vpc, b in sorted(bytes_of(logs).items())
    ),
    '* | SELECT "vpc-id" v, avg(bytes) a WHERE bytes >= 0 GROUP BY v ORDER BY v': lambda logs: (
        texts((vpc, sum(b) / len(b)) for vpc, b in sorted(bytes_of(logs).items()))
    ),
    "* | SELECT status / 100 AS class, count(*) AS c WHERE status < 1000 GROUP BY class "
    "ORDER BY class": lambda logs: texts(
        sorted(Counter(n // 100 for s in logs if (n := status(s)) is not None).items())
    ),
    "* | SELECT CASE WHEN status >= 500 THEN 'bad' WHEN status >= 400 THEN 'poor' ELSE 'ok' END "
    "AS grade, count(*) AS c GROUP BY grade ORDER BY c DESC, grade": severity,
    "* | SELECT Action, count(*) c WHERE Action IS NOT NULL GROUP BY Action ORDER BY Action": (
        lambda logs: texts(sorted(count_by(having(logs, "Action"), lambda s: s.all["Action"])))
    ),
    "* | SELECT action, count(*) c WHERE Action = 'upper' GROUP BY action ORDER BY action": (
        lambda logs: texts(
            sorted(
                count_by(
                    [s for s in logs if s.all.get("Action") == "upper"], lambda s: s.all["action"]
                )
            )
        )
    ),
    "* | SELECT host, count(*) AS n FROM log WHERE lower(host) LIKE '%example.com' "
    "GROUP BY host ORDER BY n DESC, host LIMIT 1, 2": lambda logs: texts(
        count_by(having(logs, "host"), lambda s: s.all["host"])[1:3]
    ),
    "uri: select | SELECT src_ip, count(*) AS n, count_if(action = 'block') AS blocked "
    "GROUP BY src_ip ORDER BY n DESC, src_ip": lambda logs: texts(
        (
            address,
            n,
            sum(
                s.has("uri", "select") and ip(s) == address and s.all["action"] == "block"
                for s in logs
            ),
        )
        for address, n in count_by([s for s in logs if s.has("uri", "select")], ip)
    ),
    r"* | SELECT regexp_extract(uri, 'id=(\d+)', 1) AS id, count(*) AS c WHERE uri IS NOT NULL "
    "GROUP BY id ORDER BY c DESC": parameters,
    r"* | SELECT regexp_replace(uri, '^/(\w+)\.php.*$', '$1') AS page, count(*) c "
    r"WHERE regexp_like(uri, '\.php') GROUP BY page": lambda logs: texts(
        [("index", sum(".php" in s.all.get("uri", "") for s in logs))]
    ),
    "* | SELECT split_part(uri, '?', 2) AS q, count(*) c WHERE uri <> '' GROUP BY q "
    "ORDER BY c DESC, q": lambda logs: texts(
        count_by(
            [s for s in logs if s.all.get("uri")],
            lambda s: s.all["uri"].split("?")[1] if "?" in s.all["uri"] else None,
        )
    ),
    "* | SELECT ip_to_domain(src_ip) AS d, count(*) AS c WHERE src_ip IS NOT NULL GROUP BY d "
    "ORDER BY d": lambda logs: texts(sorted(count_by(having(logs, "src_ip"), _subnet))),
    "* | SELECT ip_prefix(src_ip, 24) AS net, count(*) AS c "
    "WHERE is_subnet_of('10.0.0.0/8', src_ip) GROUP BY net ORDER BY c DESC, net": lambda logs: (
        texts(
            count_by(
                [s for s in having(logs, "src_ip") if _subnet(s) == "intranet"],
                lambda s: str(ip_network(f"{ip(s)}/24", strict=False)),
            )
        )
    ),
    "* | SELECT x, count(*) AS c FROM log CROSS JOIN unnest(split(src_ip, '.')) AS t(x) "
    "GROUP BY x ORDER BY c DESC, x LIMIT 5": octets,
    "* | SELECT count(*) FROM (SELECT DISTINCT src_ip FROM log WHERE status = 403) a "
    "JOIN (SELECT DISTINCT src_ip FROM log WHERE status = 200) b ON a.src_ip = b.src_ip": joined,
    "* | SELECT count(DISTINCT src_ip) FROM log WHERE status = 403 "
    "AND src_ip IN (SELECT src_ip FROM log WHERE status = 200)": joined,
    "* | WITH busy AS (SELECT src_ip, count(*) AS c FROM log GROUP BY src_ip) "
    "SELECT count(*) FROM busy WHERE c > 20 AND src_ip IS NOT NULL": lambda logs: texts(
        [(sum(c > 20 for _, c in count_by(having(logs, "src_ip"), ip)),)]
    ),
    "* | SELECT action, src_ip, bytes, r FROM (SELECT action, src_ip, bytes, row_number() OVER "
    "(PARTITION BY action ORDER BY bytes DESC, src_ip) AS r FROM log WHERE bytes IS NOT NULL) "
    "WHERE r = 1 ORDER BY action": top_of_each_action,
    "* | SELECT bytes, sum(bytes) OVER (ORDER BY bytes, __time__ ROWS UNBOUNDED PRECEDING) AS total "
    "WHERE bytes >= 0 ORDER BY total LIMIT 5": running,
    "* | SELECT max_by(src_ip, bytes) AS who, max(bytes) AS b": lambda logs: texts(
        [
            max(
                ((ip(s), int(s.all["bytes"])) for s in having(logs, "bytes")),
                key=lambda pair: pair[1],
            )
        ]
    ),
    "* | SELECT concat(host, ':', cast(status AS varchar)) AS k, count(*) AS c "
    "WHERE host = 'api.example.com' GROUP BY k ORDER BY c DESC, k": lambda logs: texts(
        count_by(
            [s for s in logs if s.all.get("host") == "api.example.com"],
            lambda s: None if status(s) is None else f"{s.all['host']}:{status(s)}",
        )
    ),
    "* | SELECT coalesce(rule, 'none') AS r, count(*) c GROUP BY 1 ORDER BY 2 DESC, 1": (
        lambda logs: texts(count_by(logs, lambda s: s.all.get("rule", "none")))
    ),
    "* | SELECT count(*) FILTER (WHERE status = 200) AS ok, "
    "100.0 * count_if(status = 200) / count(*) AS share WHERE host IS NOT NULL": lambda logs: texts(
        [
            (
                sum(status(s) == 200 for s in logs),
                100.0 * sum(status(s) == 200 for s in logs) / len(having(logs, "host")),
            )
        ]
    ),
    "* | SELECT __topic__ AS t, __source__ AS s, count(*) AS c GROUP BY 1, 2 ORDER BY 1, 2": (
        lambda logs: texts(
            (*key, c)
            for key, c in sorted(Counter((s.log.topic, s.log.source) for s in logs).items())
        )
    ),
    "message: 登录失败 | SELECT message, count(*) AS c GROUP BY message": lambda logs: texts(
        count_by(
            [s for s in logs if "登录失败" in s.all.get("message", "")], lambda s: s.all["message"]
        )
    ),
    "* | SELECT host FROM log WHERE status = 500 EXCEPT SELECT host FROM log WHERE status = 404": (
        lambda logs: texts(
            (host,)
            for host in sorted(
                {s.all["host"] for s in logs if status(s) == 500}
                - {s.all["host"] for s in logs if status(s) == 404}
            )
        )
    ),
    "* | SELECT length(uri) AS n, upper(host) AS h, reverse(action) AS a WHERE latency = 250.75 "
    "ORDER BY n, h, a LIMIT 3": lambda logs: texts(
        sorted(
            (len(s.all["uri"]), s.all["host"].upper(), s.all["action"][::-1])
            for s in logs
            if s.number("latency") == 250.75
        )[:3]
    ),
    "secret: hunter2 | SELECT array_join(array_sort(array_agg(DISTINCT rule)), ',') AS rules": (
        lambda logs: texts([(",".join(sorted({s.all["rule"] for s in having(logs, "rule")})),)])
    ),
    "* | SELECT date_diff('minute', from_unixtime(min(__time__)), from_unixtime(max(__time__))) AS m": (
        lambda logs: texts(
            [((max(s.log.time for s in logs) - min(s.log.time for s in logs)) // 60,)]
        )
    ),
    "block | SELECT hour(__time__) AS h, count(*) AS c GROUP BY h ORDER BY h": lambda logs: texts(
        sorted(Counter(local(s.log.time).hour for s in logs if s.says("block")).items())
    ),
}
"""Queries and their rows."""
