"""Types of ASGI, headers, and refusals of one line."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class Refused(Exception):  # noqa: N818 - raised by the door's parts, turned into an answer by it
    """A request is not passed on; the message is one line for its client."""

    def __init__(self, status: int, told: str) -> None:
        super().__init__(told)
        self.status = status


def header(scope: Scope, name: str) -> str:
    """A header of a request, "" where there is none; several are one after another."""
    wanted = name.encode("ascii")
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key == wanted)


async def refuse(send: Send, refusal: Refused) -> None:
    """Answer in one line, and read nothing more of the request."""
    told = str(refusal)
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    body = json.dumps({"error": told, "detail": told}).encode()
    await send({"type": "http.response.body", "body": body})
