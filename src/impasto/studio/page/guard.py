"""What no client may ask for, whatever Gradio would answer."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

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

_REMOTE: Final = ("file=http:", "file=https:", "file/http:", "file/https:", "/proxy=")


class Guard:
    """Stands before the page: refuses to fetch for clients, and tells browsers to fetch nothing.

    Gradio gives out addresses of the network as if they were its files; this studio does not.

    Args:
        app: The page, an ASGI application.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = unquote(str(scope.get("path", ""))).lower()
        if any(word in path for word in _REMOTE):
            start = {"type": "http.response.start", "status": 404, "headers": []}
            await send(start)
            await send({"type": "http.response.body", "body": b"not here"})
            return

        async def told(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
            await send(message)

        await self._app(scope, receive, told)
