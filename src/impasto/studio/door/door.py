"""The door: what every request passes before the page sees it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from impasto.studio.door.answers import UNTOLD, Answer
from impasto.studio.door.asgi import App, Message, Receive, Refused, Scope, Send, refuse
from impasto.studio.door.bodies import LOGIN_BYTES, STROKES_BYTES, checked
from impasto.studio.door.hosts import Hosts
from impasto.studio.door.logins import Logins
from impasto.studio.door.patience import Incoming, drained
from impasto.studio.door.places import Places
from impasto.studio.door.uploads import Uploads
from impasto.studio.limits import Limits

logger = logging.getLogger("impasto")


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
    """Stands before a page.

    Args:
        app: The page.
        ways: Its addresses.
        hosts: Its names.
        places: Names of its files.
        uploads: Takes files in.
        limits: How patient it is.
        user_of: Who sends a request: "" where there are no users, None for who has not logged in.
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
            self._named(scope, path.removeprefix(self._ways.file))
        elif not path.endswith((".js", ".css", ".woff2")):
            _uncompressed(scope)
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

    def _named(self, scope: Scope, name: str) -> None:
        """Let the page find a file by its path."""
        path = self._ways.file + str(self._places.path(name))
        scope["path"], scope["raw_path"] = path, quote(path).encode()

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

            async def seen(message: Message) -> None:
                nonlocal status
                status = message.get("status", status)
                await answer(message)

            await self._app(scope, receive, seen)
            return status < 400

        await self._logins.heard(_address(scope), ask)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _uncompressed(scope: Scope) -> None:
    """Ask for an answer that can be read on its way."""
    scope["headers"] = [each for each in scope["headers"] if each[0] != b"accept-encoding"]
