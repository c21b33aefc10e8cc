"""The page on an address; requests whose head stalls are dropped."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import fastapi
import gradio as gr
import gradio.processing_utils
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from impasto.errors import RunError
from impasto.files import write_text
from impasto.studio.door.clients import Hosts
from impasto.studio.door.door import Door
from impasto.studio.door.hidden_paths import Places
from impasto.studio.door.uploads import Uploads
from impasto.studio.page.guard import WAYS, guard, user_of
from impasto.studio.page.page import page
from impasto.studio.page.theme import STYLE_SHEET, theme
from impasto.studio.room import private
from impasto.studio.studio import Studio


def patient(seconds: float) -> type[asyncio.Protocol]:
    """A connection that closes when the head of a request takes longer."""

    class Patient(H11Protocol):
        _late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._await_head()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._await_head()

        def connection_lost(self, exc: Exception | None) -> None:
            self._forget()
            super().connection_lost(exc)

        def _await_head(self) -> None:
            if self._answering():
                self._forget()
            elif self._late is None:  # what trickles in does not put the end off
                self._late = self.loop.call_later(seconds, self._close)

        def _answering(self) -> bool:
            return self.cycle is not None and not self.cycle.response_complete

        def _close(self) -> None:
            self._late = None
            if not self._answering():
                self.transport.close()

        def _forget(self) -> None:
            if self._late is not None:
                self._late.cancel()
            self._late = None

    return Patient


_SECRET: Final = "secret"
"""File with which marks in browsers are signed, so that they outlive a restart."""

_SECRET_BYTES: Final = 24

_ANSWERS: Final = Path(__file__).with_name("answers.js")

_PATIENCE: Final = 30.0

_CONNECTIONS: Final = 400
"""At once; a system lets a program open a thousand or so."""


@contextmanager
def served(
    studio: Studio, host: str, port: int, users: Mapping[str, str], names: Sequence[str] = ()
) -> Iterator[str]:
    """Serve a studio until the block ends; give the address of its page.

    Args:
        studio: What is served.
        host: Address to listen at.
        port: Likewise; 0 is any that is free.
        users: Passwords by name; without any, whoever reaches the address may use it.
        names: By which the address is reached besides its own, as through a proxy.

    Raises:
        RunError: The address is taken or not this machine's.
    """
    os.environ["GRADIO_TEMP_DIR"] = str(studio.served)
    place = _listening(host, port)
    server = uvicorn.Server(
        uvicorn.Config(
            asyncio.run(_door(studio, host, users, names)),
            log_level="critical",
            lifespan="on",
            http=patient(studio.limits.patience),
            ws="none",
            limit_concurrency=_CONNECTIONS,
            proxy_headers=bool(names),
            server_header=False,
        )
    )
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.run, args=([place],), name="studio-page", daemon=True)
    thread.start()
    try:
        _wait_for(server, thread)
        yield f"http://{_named(host)}:{place.getsockname()[1]}/"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)
        studio.close()


def secret_of(folder: Path) -> str:
    """What marks in browsers are signed with, made at the first call."""
    path = folder / _SECRET
    told = path.read_text(encoding="ascii", errors="replace").strip() if path.is_file() else ""
    # None, or what a full disk or a killed studio has left.
    if len(told) < 2 * _SECRET_BYTES or not told.isalnum():
        told = secrets.token_hex(_SECRET_BYTES)
        with private():
            write_text(path, told)
    return told


async def _door(studio: Studio, host: str, users: Mapping[str, str], names: Sequence[str]) -> Door:
    # In a loop, for Gradio makes some where there is none, and closes none of them.
    # Gradio keeps its seed in its own package, where others on this machine can read it; the names
    # of the folders it makes follow from it and from what is in them.
    gradio.processing_utils.hash_seed = secrets.token_bytes(32)
    gradio.processing_utils.async_ssrf_protected_get = _never
    app = _app(studio, users)
    page: Any = app.routes[-1]
    return Door(
        app,
        WAYS,
        Hosts(host, names),
        Places(studio.folder, studio.served),
        Uploads(studio.arriving, studio.limits),
        studio.limits,
        lambda scope: user_of(page.app, scope),
    )


async def _never(_: str) -> NoReturn:
    """In place of what fetches an address for a component, whoever has given it."""
    raise gr.Error("Give a file, not an address", print_exception=False)


def _app(studio: Studio, users: Mapping[str, str]) -> fastapi.FastAPI:
    blocks = page(studio, secret_of(studio.folder))
    guard(blocks)
    # Gradio looks whether a path in a request is an upload only on pages that its own launch has
    # served; without this a request could name any file of this machine.
    blocks.has_launched = True
    limits = studio.limits
    app: fastapi.FastAPI = gr.mount_gradio_app(
        fastapi.FastAPI(openapi_url=None),
        blocks,
        path="/",
        auth=list(users.items()) or None,
        auth_message="The studio asks for your name and password.",
        allowed_paths=[],
        blocked_paths=[str(studio.folder / each) for each in ("jobs", "uploads", _SECRET)],
        max_file_size=int(max(limits.megabytes, limits.film_megabytes) * 1e6),
        footer_links=["api"],
        run_history=False,
        ssr_mode=False,
        show_error=False,  # ours are told anyway, others name files and variables
        enable_monitoring=False,
        theme=theme(),
        css_paths=[STYLE_SHEET],
        head=f"<script>{_ANSWERS.read_text(encoding='utf-8')}</script>",
    )
    return app


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    place = socket.socket(family, socket.SOCK_STREAM)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((host, port))
    except (OSError, OverflowError) as error:
        place.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise RunError(
            f"{host}:{port}: cannot listen there ({reason}): give another --port"
        ) from None
    return place


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    begun = time.monotonic()
    while not server.started:
        if not thread.is_alive() or time.monotonic() - begun > _PATIENCE:
            raise RunError("the page does not start")
        time.sleep(0.02)


def _named(host: str) -> str:
    named = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)
    return f"[{named}]" if ":" in named else named
