"""Who may ask: under which names the studio answers, and which users may log in.

A page of anybody's can have its own name lead to this machine (DNS rebinding): the browser then
takes the studio for a part of that page. Its Host gives it away. Other pages cannot hide where
they come from either: their Origin does.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from impasto.errors import OptionError
from impasto.studio.door.asgi import Refused, Scope, header

_EVERYWHERE: Final = ("0.0.0.0", "::", "")
_HOST: Final = re.compile(r"(?:\[(?P<ip6>[0-9a-f:.]+)\]|(?P<name>[\w.-]+))(?::\d+)?", re.ASCII)
_USUAL_PORTS: Final = (":80", ":443")


class Hosts:
    """The names by which the studio is reached: its address, and others, as through a proxy."""

    def __init__(self, host: str, names: Sequence[str] = ()) -> None:
        self._given = {name.lower().rstrip(".") for name in names}
        self._known = {"localhost", host.lower(), *self._given}
        self._anywhere = host in _EVERYWHERE
        if not _is_loopback(host) and host != "localhost":
            own = socket.gethostname().lower()
            self._known |= {own, f"{own.removesuffix('.local')}.local"}

    def check(self, scope: Scope) -> None:
        """Refuse requests by a foreign name or from a foreign page."""
        host = header(scope, "host").lower()
        name = _name(host)
        # Addresses in the page begin with the others, whoever has given them.
        others = [header(scope, each).lower() for each in ("x-forwarded-host", "x-gradio-server")]
        for each in (name, *(_name(other) for other in others if other)):
            if not (each in self._known or _is_loopback(each) or (self._anywhere and _is_ip(each))):
                raise Refused(
                    403, "this studio does not answer to that name: see --name in its help"
                )
        origin = header(scope, "origin").lower()
        place = origin.partition("://")[2]
        foreign = origin and _bare(place) != _bare(host) and _name(place) not in self._given
        linked = header(scope, "sec-fetch-site") in ("cross-site", "same-site")
        if foreign or (linked and header(scope, "sec-fetch-mode") != "navigate"):
            raise Refused(403, "pages of other addresses may not use this studio")


def _bare(place: str) -> str:
    for port in _USUAL_PORTS:
        place = place.removesuffix(port)
    return place


def _name(host: str) -> str:
    found = _HOST.fullmatch(host)
    return (found["ip6"] or found["name"]).rstrip(".") if found else ""


def _is_ip(name: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_address(name))
    return False


def _is_loopback(name: str) -> bool:
    return _is_ip(name) and ipaddress.ip_address(name).is_loopback


_AT_ONCE: Final = 4  # tries of one address that may wait for their answers
_LONGEST: Final = 16.0  # seconds that an answer is held back at most
_KNOWN: Final = 10_000  # addresses that are remembered


@dataclass
class _Address:
    failures: int = 0
    waiting: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Logins:
    """Checks passwords of an address one after another, each later than the one before."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._addresses: dict[str, _Address] = {}

    async def heard(self, address: str, ask: Callable[[], Awaitable[bool]]) -> None:
        """Check an address's password by ``ask``, after a while where others were wrong.

        Raises:
            Refused: Too many are waiting already.
        """
        known = self._addresses.setdefault(address, _Address())
        if known.waiting >= _AT_ONCE:
            raise Refused(429, "too many tries at once: try again in a minute")
        known.waiting += 1
        try:
            async with known.turn:
                wait = 0.5 * 2 ** (min(known.failures, 10) - 1) if known.failures else 0.0
                await self._sleep(min(_LONGEST, wait))
                known.failures = 0 if await ask() else known.failures + 1
        finally:
            known.waiting -= 1
        idle = [name for name, each in self._addresses.items() if not each.waiting]
        for name in idle[: len(self._addresses) - _KNOWN] if len(idle) > _KNOWN else ():
            del self._addresses[name]


def read_logins(path: Path) -> dict[str, str]:
    """Passwords by name, from a file with a line ``name:password`` for each user.

    Empty lines and lines that begin with # are ignored.

    Raises:
        OptionError: It cannot be read, or a line has another form.
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
