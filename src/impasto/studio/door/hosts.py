"""Under which names the studio answers, and to whose pages.

A page of anybody's can have its own name lead to this machine (DNS rebinding): the browser then
takes the studio for a part of that page. Its Host gives it away. Other pages cannot hide where
they come from either: their Origin does.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from impasto.studio.door.asgi import Refused, Scope, header

_EVERYWHERE: Final = ("0.0.0.0", "::", "")
_HOST: Final = re.compile(r"(?:\[(?P<ip6>[0-9a-f:.]+)\]|(?P<name>[\w.-]+))(?::\d+)?", re.ASCII)
_USUAL_PORTS: Final = (":80", ":443")


class Hosts:
    """Knows by which names the studio is reached.

    Args:
        host: The address it listens at.
        names: Others by which it is reached, as through a proxy.
    """

    def __init__(self, host: str, names: Sequence[str] = ()) -> None:
        self._given = {name.lower().rstrip(".") for name in names}
        self._known = {"localhost", host.lower(), *self._given}
        self._anywhere = host in _EVERYWHERE
        if not _is_loopback(host) and host != "localhost":
            own = socket.gethostname().lower()
            self._known |= {own, f"{own.removesuffix('.local')}.local"}

    def check(self, scope: Scope) -> None:
        """Refuse what comes by a foreign name or from a foreign page.

        Raises:
            Refused: It does.
        """
        host = header(scope, "host").lower()
        name = _name(host)
        # Addresses in the page begin with the others, whoever has given them.
        others = [header(scope, each).lower() for each in ("x-forwarded-host", "x-gradio-server")]
        if not all(map(self._knows, (name, *(_name(each) for each in others if each)))):
            raise Refused(403, "this studio does not answer to that name: see --name in its help")
        origin = header(scope, "origin").lower()
        if origin and not self._is_own(origin, host):
            raise Refused(403, "pages of other addresses may not use this studio")
        foreign = header(scope, "sec-fetch-site") in ("cross-site", "same-site")
        if foreign and header(scope, "sec-fetch-mode") != "navigate":
            raise Refused(403, "pages of other addresses may not use this studio")

    def _knows(self, name: str) -> bool:
        return name in self._known or _is_loopback(name) or (self._anywhere and _is_ip(name))

    def _is_own(self, origin: str, host: str) -> bool:
        place = origin.partition("://")[2]
        return _bare(place) == _bare(host) or _name(place) in self._given


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
