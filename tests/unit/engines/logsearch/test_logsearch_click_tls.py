"""The way to a ClickHouse server is encrypted, and the server is one that is vouched for."""

from urllib.parse import urlsplit

import pytest
from tests.clickhouse import PASSWORD, USER
from tests.logsearch_corpus import HOURS, START
from tests.tls_front import authority_in, tls_front

from juyong.app.logsearch.choosing import CHILD
from juyong.base.secret import Secret
from juyong.engines.logsearch import EngineFailed, Limits, Window, parse
from juyong.engines.logsearch.click_engine import ClickHouse, ClickHouseEngine

ALL_TIME = Window(START, START + HOURS * 3600)


@pytest.mark.parametrize(
    ("host", "vouched", "answers"),
    [
        ("127.0.0.1", "known", True),
        ("127.0.0.1", "other", False),
        ("127.0.0.1", "", False),
        ("clickhouse.example", "known", False),
    ],
)
def test_only_a_vouched_for_server_is_asked(  # noqa: PLR0917  # fixtures
    clickhouse, files, index, tmp_path, host, vouched, answers
):
    known = authority_in(tmp_path, "known")
    authority_in(tmp_path, "other")
    context = known.leaf(tmp_path, host)
    with tls_front(urlsplit(clickhouse).port, context) as port:
        server = ClickHouse(
            url=f"https://127.0.0.1:{port}",
            user=USER,
            password=Secret(PASSWORD),
            ca_file=str(tmp_path / f"{vouched}.pem") if vouched else "",
        )
        engine = ClickHouseEngine(Limits(processes=1, seconds=10), server, CHILD)
        try:
            if answers:
                found = engine.search(files, parse("req-000003"), ALL_TIME, index)
                assert [log.sequence for log in found.logs] == [3]
            else:
                with pytest.raises(EngineFailed, match="cannot be asked"):
                    engine.search(files, parse("req-000003"), ALL_TIME, index)
        finally:
            engine.close()
