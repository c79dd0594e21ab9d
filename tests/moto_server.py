"""moto's server, whose uploads tell when they began.

    python tests/moto_server.py -H HOST -p PORT

moto says of every upload that it began in 2010, so that a sweep of what was left behind a day ago
drops those under way in other processes. Here an upload began when it was listed first.
"""

import sys
from datetime import UTC, datetime
from typing import Any

from moto.s3 import responses
from moto.server import main

_began: dict[str, str] = {}


class _Dated(responses.ActionResult):
    def __init__(self, result: Any) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        for upload in result.get("Uploads", ()) if isinstance(result, dict) else ():
            upload["Initiated"] = _began.setdefault(upload["UploadId"], now)
        super().__init__(result)


if __name__ == "__main__":
    responses.ActionResult = _Dated
    main(sys.argv[1:])
