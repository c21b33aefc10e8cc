"""Types of ASGI, refusals of one line, and limits for bodies that stall."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Final, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class Refused(Exception):  # noqa: N818 - raised by the door's parts, turned into an answer by it
    """A request is not passed on; the message is one line for its client."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def header(scope: Scope, name: str) -> str:
    """A header of a request, "" where there is none; several are one after another."""
    wanted = name.encode("ascii")
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key == wanted)


async def refuse(send: Send, refusal: Refused) -> None:
    """Answer in one line, and read nothing more of the request."""
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    body = json.dumps({"error": str(refusal)}).encode()
    await send({"type": "http.response.body", "body": body})


# Bytes a second: a slower client only holds a place.
_SLOWEST: Final = 8192.0
_DRAINED: Final = 8_000_000  # bytes that are still read of a request that is refused


class Incoming:
    """Receives a request, and knows when all of it is there."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.whole = False

    async def __call__(self) -> Message:
        """The next message."""
        message = await self._receive()
        self.whole = self.whole or not message.get("more_body")
        return message


class Patience:
    """Receives a body of so many bytes at most, whose next piece comes within some seconds."""

    def __init__(self, scope: Scope, receive: Receive, most: float, seconds: float) -> None:
        length = header(scope, "content-length")
        if length and not (length.isdecimal() and int(length[:18]) <= most):
            raise Refused(413, f"the request is larger than {most / 1e6:g} MB")
        self._receive = receive if isinstance(receive, Incoming) else Incoming(receive)
        self._most = most
        self._seconds = seconds
        self._begun = asyncio.get_running_loop().time()
        self._bytes = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, piece by piece.

        Raises:
            Refused: It takes too long, is too much, or breaks off.
        """
        while not self._receive.whole:
            message = await self._next()
            if message["type"] != "http.request":
                raise Refused(400, "the request broke off")
            yield message.get("body", b"")

    async def all(self) -> bytes:
        """The whole body."""
        return b"".join([piece async for piece in self.pieces()])

    async def _next(self) -> Message:
        now = asyncio.get_running_loop().time()
        left = self._begun + self._seconds + self._bytes / _SLOWEST - now
        try:
            message = await asyncio.wait_for(self._receive(), min(self._seconds, left))
        except TimeoutError:
            raise Refused(408, "the request did not come on") from None
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._most:
            raise Refused(413, f"the request is larger than {self._most / 1e6:g} MB")
        return message


async def drained(receive: Incoming) -> None:
    """Read on for a moment: most clients look at an answer only when they have sent all."""
    read = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(1.0):
            while not receive.whole and read < _DRAINED:
                read += len((await receive()).get("body", b""))
