"""Every request is checked here before the page gets it, and every answer on its way out."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from impasto.studio.door.asgi import (
    App,
    Incoming,
    Message,
    Receive,
    Refused,
    Scope,
    Send,
    drained,
    refuse,
)
from impasto.studio.door.clients import Hosts, Logins
from impasto.studio.door.hidden_paths import Places
from impasto.studio.door.uploads import LOGIN_BYTES, STROKES_BYTES, Uploads, checked
from impasto.studio.room import Limits

logger = logging.getLogger("impasto")

# Nothing comes from another address, whatever a library of the page would like to fetch. Gradio's
# own scripts are inline, and its editor compiles shaders by eval.
POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)

# In place of an error that says nothing.
UNTOLD: Final = "that did not work: the request holds something that was not expected"
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
            headers = [(key.lower(), value) for key, value in message.get("headers", [])]
            self._kind = dict(headers).get(b"content-type", b"").partition(b";")[0].strip()
            if self._kind in _TEXT:
                headers = [each for each in headers if each[0] != b"content-length"]
            self._start = {**message, "headers": [*headers, *HEADERS]}
            if self._kind not in _TEXT:
                await self._sent(self._start)
        elif message["type"] != "http.response.body" or self._kind not in (*_TEXT, _EVENTS):
            await self._sent(message)
        elif self._kind == _EVENTS:
            await self._sent({**message, "body": self._places.hidden(message.get("body", b""))})
        else:
            await self._gathered(message)

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


@dataclass(frozen=True, kw_only=True)
class Ways:
    """The addresses of a page; there are no others.

    Attributes:
        open: Those that pages and programs use, as patterns of method and path.
        login: Where names and passwords are sent to.
        upload: Where files are.
        file: What stands before the name of a file.
    """

    open: Sequence[str]
    login: str
    upload: str
    file: str


class Door:
    """Stands before a page, an ASGI app.

    ``user_of`` names the sender of a request: "" where there are no users, None before the login.
    """

    def __init__(
        self,
        app: App,
        ways: Ways,
        hosts: Hosts,
        places: Places,
        uploads: Uploads,
        limits: Limits,
        user_of: Callable[[Scope], str | None],
    ) -> None:
        self._app = app
        self._ways = ways
        self._open = re.compile("|".join(f"(?:{each})" for each in ways.open))
        self._hosts = hosts
        self._places = places
        self._uploads = uploads
        self._limits = limits
        self._user_of = user_of
        self._logins = Logins()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._asked(scope, Incoming(receive), Answer(send, self._places))

    async def _asked(self, scope: Scope, receive: Incoming, answer: Answer) -> None:
        try:
            await self._led(scope, receive, answer)
        except Refused as refusal:
            if not answer.begun:
                if refusal.status != 408:
                    await drained(receive)
                await refuse(answer, refusal)
        except Exception as error:
            logger.info("a request of the studio failed", exc_info=error)
            if not answer.begun:
                await refuse(answer, Refused(500, UNTOLD))

    async def _led(self, scope: Scope, receive: Incoming, answer: Answer) -> None:
        self._hosts.check(scope)
        method, path = scope["method"], scope["path"]
        if method == "POST" and path == self._ways.upload:
            await self._upload(scope, receive, answer)
            return
        if not self._open.fullmatch(f"{method} {path}"):
            raise Refused(404, "there is nothing here")
        if path.startswith(self._ways.file):
            named = self._ways.file + str(self._places.path(path.removeprefix(self._ways.file)))
            scope["path"], scope["raw_path"] = named, quote(named).encode()
        elif not path.endswith((".js", ".css", ".woff2")):  # the answer is read on its way
            scope["headers"] = [each for each in scope["headers"] if each[0] != b"accept-encoding"]
        passed: Receive = receive
        login = path.rstrip("/") == self._ways.login
        if method == "POST":
            if not login and self._user_of(scope) is None:
                raise Refused(401, "log in first")
            most = LOGIN_BYTES if login else STROKES_BYTES
            passed = await checked(scope, receive, self._places, self._limits.patience, most)
        if login:
            await self._login(scope, passed, answer)
        else:
            await self._app(scope, passed, answer)

    async def _upload(self, scope: Scope, receive: Incoming, answer: Answer) -> None:
        user = self._user_of(scope)
        if user is None:
            raise Refused(401, "log in first")
        paths = await self._uploads.taken(scope, receive, user or _address(scope))
        head = {"status": 200, "headers": [(b"content-type", b"application/json")]}
        await answer({"type": "http.response.start", **head})
        body = json.dumps([str(path) for path in paths]).encode()
        await answer({"type": "http.response.body", "body": body})

    async def _login(self, scope: Scope, receive: Receive, answer: Answer) -> None:
        async def ask() -> bool:
            status = 0

            async def send(message: Message) -> None:
                nonlocal status
                status = message.get("status", status)
                await answer(message)

            await self._app(scope, receive, send)
            return status < 400

        await self._logins.heard(_address(scope), ask)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
