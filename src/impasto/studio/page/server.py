"""The page on an address; requests whose head stalls are dropped."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from impasto.errors import RunError
from impasto.files import write_text
from impasto.studio.door.clients import Hosts, Users
from impasto.studio.door.door import Door
from impasto.studio.page.app import app_of
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

_PATIENCE: Final = 30.0

_CONNECTIONS: Final = 400
"""At once; a system lets a program open a thousand or so."""


_KEPT_ALIVE: Final = 75
"""Seconds that a connection stays open for the next request, as of a program that looks again."""

_TICK: Final = 0.5
"""Seconds after which the server looks whether it is to end; uvicorn's own are 0.1, which is most
of what an idle studio does."""


class _Quiet(uvicorn.Server):
    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            await asyncio.sleep(_TICK)


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
    door = Door(
        app_of(studio, guests := Users(users, secret_of(studio.folder))), Hosts(host, names), guests
    )
    place = _listening(host, port)
    server = _Quiet(
        uvicorn.Config(
            door,
            log_level="critical",
            lifespan="off",
            http=patient(studio.limits.patience),
            ws="none",
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=_KEPT_ALIVE,
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
