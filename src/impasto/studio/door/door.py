"""Every request is checked here before the page gets it; every answer gets headers that protect."""

from __future__ import annotations

import logging
from typing import Final

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
from impasto.studio.door.clients import Hosts, Users

logger = logging.getLogger("impasto")

# Nothing comes from another address, and no script but the page's own files.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # with none, a form comes from "null": no login
)
OPEN: Final = (
    "/login",
    "/static/studio.css",
    "/favicon.ico",
)  # to those who have not logged in, too

# In place of an error that says nothing.
UNTOLD: Final = "the request failed: it contains something unexpected"


class Answer:
    """Sends an answer on, with headers."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        """Take the next message, as ASGI's send."""
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
        self.begun = True
        await self._send(message)


class Door:
    """Stands before a page, an ASGI app, and puts the user's name into the scope of a request."""

    def __init__(self, app: App, hosts: Hosts, users: Users) -> None:
        self._app = app
        self._hosts = hosts
        self._users = users

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._asked(scope, Incoming(receive), Answer(send))

    async def _asked(self, scope: Scope, receive: Incoming, answer: Answer) -> None:
        try:
            self._hosts.check(scope)
            user = await self._users.user(scope)
            if user is None and scope["path"] not in OPEN:
                if scope["path"] == "/":
                    await _sent_to_login(answer)
                    return
                raise Refused(401, "log in first")
            await self._app({**scope, "user": user or ""}, receive, answer)
        except Refused as refusal:
            if not answer.begun:
                if refusal.status != 408:
                    await drained(receive)
                await refuse(answer, refusal)
        except Exception as error:
            logger.info("a request of the studio failed", exc_info=error)
            if not answer.begun:
                await refuse(answer, Refused(500, UNTOLD))


async def _sent_to_login(answer: Answer) -> None:
    await answer(
        {"type": "http.response.start", "status": 303, "headers": [(b"location", b"/login")]}
    )
    await answer({"type": "http.response.body", "body": b""})
