"""The user's own networks and style codes, found by name like the bundled ones.

Each is one file in the folder ``models`` of :func:`impasto.files.home`: ``NAME.onnx`` is a network,
``NAME.imp`` the code of a style. A file copied there is also found by its name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from impasto.archive import load_errors
from impasto.errors import ImpastoError, ModelError, OptionError
from impasto.files import home, sha256, write_errors, written_whole
from impasto.networks.bundled import Listed, bundled
from impasto.networks.card import ANY, COLORS, Card, Style, card_in
from impasto.options.apply import ANY_STYLE, CODE_SUFFIX

NETWORK_SUFFIX: Final = ".onnx"

CODE: Final = "code"
"""The method shown for a style code."""

_SUFFIXES: Final = (CODE_SUFFIX, NETWORK_SUFFIX)
_NAME: Final = re.compile(r"\w[\w-]{0,63}", re.ASCII)


def folder() -> Path:
    """Their folder; WeightsError if this user has no home."""
    return home() / "models"


def own_file(name: str) -> Path | None:
    """The file of a name, not opened; None if there is none."""
    if not _NAME.fullmatch(name):
        return None
    with suppress(OSError, ImpastoError):
        places = (folder() / f"{name}{suffix}" for suffix in _SUFFIXES)
        return next((path for path in places if path.is_file()), None)
    return None


def own() -> tuple[Listed, ...]:
    """All of them by name; one that cannot be used has a fault and no styles."""
    with suppress(OSError, ImpastoError):
        names = {each.stem for each in folder().iterdir() if each.suffix in _SUFFIXES}
        return tuple(_read(name, path) for name in sorted(names) if (path := own_file(name)))
    return ()


def models() -> tuple[Listed, ...]:
    """All networks and style codes: the bundled ones, and the user's own that work.

    >>> [style.name for network in impasto.models() for style in network.styles]  # doctest: +SKIP

    Raises:
        ModelError: A file of the package is missing or damaged.
    """
    return *bundled(), *(each for each in own() if not each.fault)


def gone(manifest: Mapping[str, Any], wanted: Mapping[str, Any] | None = None) -> str:
    """A description of the network of a manifest, if it no longer exists.

    Args:
        manifest: The manifest of a picture or video.
        wanted: The manifest of the new result, whose network exists.

    Returns:
        "" if the network has a name, or is that of ``wanted``.
    """
    try:
        sha, name, method = (str(manifest["network"][key]) for key in ("sha256", "name", "method"))
        there = models()
        known = {each.sha256 for each in there} | {wanted and wanted["network"]["sha256"]}
    except (ImpastoError, KeyError, TypeError):
        return ""
    if sha in known or method == COLORS:
        return ""
    if method in ANY:
        name = "an any-style network"
    elif any(name in (each.name, *(style.name for style in each.styles)) for each in there):
        name = f"an earlier {name}"
    return f"made with {name}, which `impasto models` does not list"


def check_free(
    name: str, *, overwrite: bool = False, styles: Collection[str] = (), same: Collection[Path] = ()
) -> None:
    """Check that a style or network may get a name.

    Args:
        name: The name.
        overwrite: Whether the user's own one with that name may be replaced.
        styles: The names of its styles.
        same: Files that may already have that name.

    Raises:
        OptionError: The name is invalid.
        ImpastoError: It, or the name of a style, is used already.
    """
    if not _NAME.fullmatch(name):
        raise OptionError("as", "a name of up to 64 letters, digits, - and _", name)
    if name == COLORS:
        raise ImpastoError(f"{name}: --model {name} takes a style's colors: choose another --as")
    for network in (*bundled(), *(each for each in own() if each.name != name)):
        known = {network.name, *(each.name for each in network.styles)}
        if name in known:
            raise ImpastoError(f"{name}: {network.name} has this name already: choose another --as")
        if taken := known.intersection(styles):
            style = min(taken)
            raise ImpastoError(
                f"{style}: {network.name} has a style of this name: --style NAME={style}.jpg "
                "gives it another"
            )
    path = own_file(name)
    if path and not overwrite and sha256(path) not in [sha256(each) for each in same]:
        raise ImpastoError(f"{name} exists already ({path}): choose another --as, or --overwrite")


@contextmanager
def kept(name: str, suffix: str) -> Iterator[Path]:
    """Give a path to write; the file gets the name if the block succeeds.

    Raises:
        ModelError: It cannot be written.
    """
    target = folder() / f"{name}{suffix}"
    with written_whole(target, ModelError) as temporary:
        yield temporary
    for each in _SUFFIXES:
        if each != suffix:
            target.with_suffix(each).unlink(missing_ok=True)


def remove(name: str) -> Path:
    """Remove one of the user's own by name; return its file.

    Raises:
        ModelError: There is none with that name, or it cannot be removed.
    """
    path = own_file(name)
    if path is None:
        names = ", ".join(each.name for each in own()) or "none"
        raise ModelError(f"no style or network of your own is called {name} (there are: {names})")
    with write_errors(path, ModelError):
        path.unlink()
    return path


def _read(name: str, path: Path) -> Listed:
    try:
        if any(name in (each.name, *(one.name for one in each.styles)) for each in bundled()):
            raise ModelError(f"{path}: hidden by the bundled {name}: give the file another name")
        with load_errors(path, "a style or network of impasto", ModelError):
            data = path.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            return (_code if path.suffix == CODE_SUFFIX else _network)(name, path, digest, data)
    except ModelError as error:
        return Listed(name, path, "", "", (), 0, "", "", str(error))


def _code(name: str, path: Path, digest: str, _data: bytes) -> Listed:
    from impasto.networks.code_file import read_code  # numpy

    encoder = read_code(path).encoder
    network = next((each.path for each in bundled() if each.name == ANY_STYLE), None)
    if network and encoder != _card(network, network.read_bytes()).encoder:
        raise ModelError(f"{path}: for another network: make it again with `impasto encode`")
    return Listed(name, path, digest, CODE, (Style(name),), 0, "a style image's code", "")


def _network(name: str, path: Path, digest: str, data: bytes) -> Listed:
    card = _card(path, data)
    about = card.method, card.styles, card.size, card.origin, card.licence
    return Listed(name, path, digest, *about)


def _card(path: Path, data: bytes) -> Card:
    from impasto.networks.model_check import check_model  # numpy

    return card_in(check_model(data), str(path))
