"""JSON that programs and pages send: small, whole, of the right kind, and its files are uploads."""

from __future__ import annotations

import json
from typing import Any, Final

from impasto.studio.door.asgi import Message, Receive, Refused, Scope, header
from impasto.studio.door.patience import Incoming, Patience
from impasto.studio.door.places import Places

JSON_BYTES: Final = 1_000_000
STROKES_BYTES: Final = 8_000_000
"""Of a form with the strokes of the brush."""

LOGIN_BYTES: Final = 16_000
"""Of a form with a name and a password: anybody may send one."""


async def checked(
    scope: Scope, receive: Incoming, places: Places, patience: float, form_bytes: int
) -> Receive:
    """Receive a body that is no upload; give what receives it once more.

    Args:
        scope: The request; told the new length.
        receive: Where the body comes from.
        places: Names of files in it.
        patience: Seconds that the next piece may take.
        form_bytes: Largest form.

    Raises:
        Refused: It is none that the page sends.
    """
    kind = header(scope, "content-type").partition(";")[0].strip().lower()
    form = kind in ("multipart/form-data", "application/x-www-form-urlencoded")
    body = await Patience(scope, receive, form_bytes if form else JSON_BYTES, patience).all()
    if body and not form:
        body = _rewritten(kind, body, places)
        lengths = (b"content-length", b"transfer-encoding")
        kept = [each for each in scope["headers"] if each[0] not in lengths]
        scope["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
    return _Again(body, receive)


def _rewritten(kind: str, body: bytes, places: Places) -> bytes:
    if kind != "application/json":
        raise Refused(415, "expected a body of the type application/json")
    try:
        found = json.loads(body, parse_constant=_no_number)
        if isinstance(found, dict) and isinstance(found.get("data", []), (list, dict)):
            text = json.dumps(places.resolved(found), ensure_ascii=False, allow_nan=False)
            return text.encode()
    except (ValueError, RecursionError):
        raise Refused(400, "expected JSON, and it is none or nothing that can be used") from None
    raise Refused(400, 'expected a JSON object such as {"data": []}')


def _no_number(name: str) -> Any:
    raise ValueError(name)


class _Again:
    """Receives a body that is there, and then whatever comes."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}
