"""The arguments of `impasto studio`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from impasto.errors import ImpastoError, OptionError


@dataclass(frozen=True, kw_only=True)
class StudioArguments:
    """Open the studio: a page in the browser on which one paints.

    It is reached from this machine alone unless --host says otherwise, and everything it keeps is
    in --run-dir. Ctrl-C closes it; pictures that are not finished can be gone on with next time.
    """

    host: str = "127.0.0.1"
    """Address to listen at; 0.0.0.0 is every address of this machine: give passwords then."""
    port: int = 7860
    """Port to listen at; 0 is any that is free."""
    run_dir: Path = Path("impasto-studio")
    """Folder of all jobs, made when it is not there."""
    user: tuple[str, ...] = ()
    """Names that may log in; each sees only what is his own."""
    password: tuple[str, ...] = ()
    """Their passwords, one for each --user in their order."""
    logins: Path | None = None
    """File of users, a line name:password for each, in place of --user and --password."""
    name: tuple[str, ...] = ()
    """Names by which others reach the studio, such as that of a proxy before it."""
    allow: bool = False
    """Serve other machines without passwords, knowing that whoever reaches it may paint."""
    models: tuple[str, ...] = ()
    """Trained networks to offer besides the bundled ones: .onnx files or run folders."""
    megabytes: float = 60.0
    """Largest upload of a picture."""
    megapixels: float = 80.0
    """Most pixels of an upload."""
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
    """Whether only this machine reaches an address."""
    return host in ("localhost", "::1") or host.startswith("127.")
