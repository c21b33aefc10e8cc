"""Requests whose head does not come on are dropped, before there is anything an ASGI can see."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


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
