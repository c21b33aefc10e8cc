"""The arguments of `impasto studio`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from impasto.errors import ImpastoError, OptionError


@dataclass(frozen=True, kw_only=True)
class StudioArguments:
    """Open the studio, a web page for painting.

    Only this machine can reach it unless you give --host. Everything is stored in --run-dir. Ctrl-C
    stops it; unfinished pictures can be continued next time.
    """

    host: str = "127.0.0.1"
    """Address to listen on. 0.0.0.0 is every address of this machine; give passwords then."""
    open: bool = False
    """Open the page in your browser."""
    port: int = 7860
    """Port to listen on; 0 picks a free one."""
    run_dir: Path = Path("impasto-studio")
    """Folder for all jobs; created if missing."""
    user: tuple[str, ...] = ()
    """Users that may log in. Each sees only their own pictures."""
    password: tuple[str, ...] = ()
    """Their passwords, one for each --user, in the same order."""
    logins: Path | None = None
    """File with a line name:password for each user, instead of --user and --password."""
    name: tuple[str, ...] = ()
    """Names by which other machines reach the studio, such as the name of a proxy."""
    allow: bool = False
    """Serve other machines without passwords. Anyone who can reach the page can paint."""
    models: tuple[str, ...] = ()
    """Trained networks to offer besides those of `impasto models`: .onnx files or run folders."""
    megabytes: float = 60.0
    """Largest upload of a picture, in megabytes."""
    megapixels: float = 80.0
    """Largest upload, in megapixels."""
    side: int = 2048
    """Longest side of a result in pixels."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise OptionError("port", "a number from 0 to 65535", self.port)
        if len(self.user) != len(self.password) or len(set(self.user)) < len(self.user):
            raise ImpastoError("--user and --password: give one password for each user")
        if not all((*self.user, *self.password)):
            raise ImpastoError("--user and --password: give no empty ones")
        if self.user and self.logins is not None:
            raise ImpastoError("--user and --logins: give one of them")
        if not (self.user or self.logins or self.allow or is_local(self.host)):
            raise ImpastoError(
                f"--host {self.host} lets others in: give --user and --password, or --allow"
            )


def is_local(host: str) -> bool:
    """Whether only this machine can reach an address."""
    return host in ("localhost", "::1") or host.startswith("127.")
