"""Every answer: what browsers may load, and no folder of this machine."""

from __future__ import annotations

import json
from typing import Final

from impasto.studio.door.asgi import Message, Send
from impasto.studio.door.places import Places

POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
"""Nothing comes from another address, whatever a library of the page would like to fetch. Gradio's
own scripts are inline, and its editor compiles shaders by eval."""

HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)

UNTOLD: Final = "that did not work: the request holds something that was not expected"
"""In place of an error that says nothing."""

_EVENTS: Final = b"text/event-stream"
_TEXT: Final = (b"application/json", b"text/html", b"text/plain")


class Answer:
    """Sends an answer on: with headers, and the run folder under its other name.

    Texts are sent in one piece once they are whole, streams of events as they come, each of which
    is whole; everything else passes as it is.
    """

    def __init__(self, send: Send, places: Places) -> None:
        self._send = send
        self._places = places
        self._kind = b""
        self._start: Message = {}
        self._body = b""
        self.begun = False

    async def __call__(self, message: Message) -> None:
        """Take the next message, as ASGI's send."""
        if message["type"] == "http.response.start":
            self._begin(message)
            if self._kind not in _TEXT:
                await self._sent(self._start)
        elif message["type"] != "http.response.body" or self._kind not in (*_TEXT, _EVENTS):
            await self._sent(message)
        elif self._kind == _EVENTS:
            await self._sent({**message, "body": self._places.hidden(message.get("body", b""))})
        else:
            await self._gathered(message)

    def _begin(self, message: Message) -> None:
        headers = [(key.lower(), value) for key, value in message.get("headers", [])]
        self._kind = dict(headers).get(b"content-type", b"").partition(b";")[0].strip()
        if self._kind in _TEXT:
            headers = [each for each in headers if each[0] != b"content-length"]
        self._start = {**message, "headers": [*headers, *HEADERS]}

    async def _gathered(self, message: Message) -> None:
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = self._places.hidden(self._body)
        if self._start["status"] >= 500 and body.startswith((b"Internal", b'{"error":null')):
            body = json.dumps({"error": UNTOLD}).encode()
        length = (b"content-length", str(len(body)).encode())
        await self._sent({**self._start, "headers": [*self._start["headers"], length]})
        await self._sent({"type": "http.response.body", "body": body})

    async def _sent(self, message: Message) -> None:
        self.begun = True
        await self._send(message)
