"""Users from a file, and wrong passwords slowed down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from impasto.errors import OptionError
from impasto.studio.door.asgi import Refused

_AT_ONCE: Final = 4
"""Tries of one address that may wait for their answers."""

_LONGEST: Final = 16.0
"""Seconds that an answer is held back at most."""

_KNOWN: Final = 10_000
"""Addresses that are remembered."""


@dataclass
class _Address:
    failures: int = 0
    waiting: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Logins:
    """Hears the tries of an address one after another, each later than the one before.

    Args:
        sleep: How it is waited.
    """

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._addresses: dict[str, _Address] = {}

    async def heard(self, address: str, ask: Callable[[], Awaitable[bool]]) -> None:
        """Have a password asked for, after a while where others were wrong.

        Args:
            address: Whose it is.
            ask: Gives whether it was right.

        Raises:
            Refused: Too many are waiting already.
        """
        known = self._addresses.setdefault(address, _Address())
        if known.waiting >= _AT_ONCE:
            raise Refused(429, "too many tries at once: try again in a minute")
        known.waiting += 1
        try:
            async with known.turn:
                await self._sleep(_delay(known.failures))
                known.failures = 0 if await ask() else known.failures + 1
        finally:
            known.waiting -= 1
        self._forget()

    def _forget(self) -> None:
        idle = [name for name, each in self._addresses.items() if not each.waiting]
        for name in idle[: len(self._addresses) - _KNOWN] if len(idle) > _KNOWN else ():
            del self._addresses[name]


def _delay(failures: int) -> float:
    return min(_LONGEST, 0.5 * 2 ** (min(failures, 10) - 1)) if failures else 0.0


def read_logins(path: Path) -> dict[str, str]:
    """Passwords by name, from a file with a line ``name:password`` for each user.

    Lines that are empty or begin with # are passed over.

    Raises:
        OptionError: It cannot be read, or a line is none of these.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise OptionError("logins", f"a text file ({reason})", str(path)) from None
    users: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, password = line.partition(":")
        if not (name.strip() and password) or name.strip() in users:
            raise OptionError("logins", "lines name:password, each name once", f"line {number}")
        users[name.strip()] = password
    if not users:
        raise OptionError("logins", "at least one line name:password", str(path))
    return users
