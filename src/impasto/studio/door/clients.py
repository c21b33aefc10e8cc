"""Who may ask: under which names the studio answers, and which users may log in.

A page of anybody's can have its own name lead to this machine (DNS rebinding): the browser then
takes the studio for a part of that page. Its Host gives it away. Other pages cannot hide where
they come from either: their Origin does.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
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
        other = header(scope, "x-forwarded-host").lower()
        for each in (name, *([_name(other)] if other else [])):
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


COOKIE: Final = "impasto"
WRONG: Final = "the name or the password is wrong"

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

    async def heard(self, address: str, ask: Callable[[], Awaitable[bool]]) -> bool:
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
                right = await ask()
                known.failures = 0 if right else known.failures + 1
        finally:
            known.waiting -= 1
        idle = [name for name, each in self._addresses.items() if not each.waiting]
        for name in idle[: len(self._addresses) - _KNOWN] if len(idle) > _KNOWN else ():
            del self._addresses[name]
        return right


class Users:
    """Who may log in, and the mark by which a browser shows that it did.

    Args:
        passwords: By name; without any, whoever reaches the studio may use it.
        secret: With what marks are signed; they outlive a restart, and end with their password.
    """

    def __init__(self, passwords: Mapping[str, str], secret: str) -> None:
        self._passwords = dict(passwords)
        self._secret = secret.encode()
        self._logins = Logins()

    def __bool__(self) -> bool:
        return bool(self._passwords)

    def mark(self, name: str) -> str:
        """What the browser of a user keeps."""
        text = f"{name}:{self._passwords[name]}".encode()
        signed = hmac.new(self._secret, text, hashlib.sha256).hexdigest()
        return f"{base64.urlsafe_b64encode(name.encode()).decode()}.{signed}"

    async def user(self, scope: Scope) -> str | None:
        """Who sends a request: "" where there are no users, None before the login.

        Raises:
            Refused: A name and a password come with it, and are wrong.
        """
        if not self:
            return ""
        with suppress(CookieError, KeyError, ValueError):
            given = SimpleCookie(header(scope, "cookie"))[COOKIE].value
            name = base64.urlsafe_b64decode(given.partition(".")[0]).decode()
            if hmac.compare_digest(given.encode(), self.mark(name).encode()):
                return name
        kind, _, text = header(scope, "authorization").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            name, _, password = base64.b64decode(text, validate=True).decode().partition(":")
        except ValueError:
            raise Refused(401, "expected a name and a password") from None
        if await self.log_in(scope, name, password):
            return name
        raise Refused(401, WRONG)

    async def log_in(self, scope: Scope, name: str, password: str) -> bool:
        """Whether a password is a user's; heard later and later where others were wrong.

        Raises:
            Refused: Too many tries wait for their answers.
        """

        async def ask() -> bool:
            right = self._passwords.get(name, "").encode()
            return hmac.compare_digest(password.encode(), right) and bool(right)

        return await self._logins.heard(address_of(scope), ask)


def address_of(scope: Scope) -> str:
    """Where a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


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
