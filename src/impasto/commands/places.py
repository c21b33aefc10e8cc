"""The input pictures of a command, and the output of each."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from impasto.errors import ImpastoError, OptionError, PictureError
from impasto.image import WRITABLE, check_writable, pictures_in
from impasto.options.shared import STREAM


@contextmanager
def names_checked() -> Iterator[None]:
    """Turn errors of invalid names and unreadable folders into one line."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or "cannot be used").lower()
        raise PictureError(f"{error.filename}: {reason}") from None


def photographs(given: Sequence[Path], output: Path | None) -> list[Path]:
    """The pictures among files and folders, each once.

    Raises:
        PictureError: One is not there.
        OptionError: The results would be among them.
    """
    found: dict[Path, Path] = {}
    for each in given:
        check_there(each)
        if not each.is_dir():
            found[each.resolve()] = each
            continue
        if each.resolve() == (output or Path()).resolve():
            raise OptionError("output", "a folder that is not the photographs' own", str(each))
        found |= {path.resolve(): path for path in pictures_in(each)}
    return list(found.values())


def check_there(path: Path) -> None:
    """Check that a file or folder exists.

    Raises:
        PictureError: There is none.
    """
    if not path.exists():
        raise PictureError(f"{path}: no such file or folder")


def result_files(given: Sequence[Path], output: Path | None, names: Sequence[str]) -> list[Path]:
    """The file of each result.

    Args:
        given: Pictures or folders, as given.
        output: A file or folder, or None.
        names: The names of results if no file is given.

    Raises:
        OptionError: One file was named for several results.
    """
    if len(names) == 1 and not given[0].is_dir():
        return [result_file(output or Path(names[0]), names[0])]
    folder = output or Path()
    if folder.suffix.lower() in WRITABLE and not folder.is_dir():
        raise OptionError("output", "a folder, as there are several photographs", str(folder))
    return [folder / name for name in names]


def result_file(output: Path, name: str) -> Path:
    """The file itself, or the file with this name in the given folder."""
    if output == STREAM:
        return output
    return output / name if output.is_dir() or output.suffix == "" else output


def fault_of(output: Path, made_from: Iterable[Path], bits: int | None) -> ImpastoError | None:
    """Why a result cannot be written; None if nothing prevents it."""
    if output == STREAM:
        return None
    try:
        with names_checked():
            with suppress(FileNotFoundError, NotADirectoryError):
                output.lstat()  # for an invalid name
            check_writable(output, bits=bits)
            # Even --overwrite never replaces inputs.
            if any(_same(output, each) for each in made_from):
                expected = "a file that is not an input"
                return OptionError("output", expected, str(output))
    except ImpastoError as error:
        return error
    return None


def _same(first: Path, second: Path) -> bool:
    return first.exists() and second.exists() and first.samefile(second)


def file_name(photograph: str, style: str) -> str:
    """PHOTO-STYLE.png."""
    return f"{photograph}-{style}.png"


def file_names(contents: Sequence[Path], style: str) -> list[str]:
    """A name for the result of each photograph, no two of them the same.

    A photograph is named by its stem; if several have the same, then with suffix, then with folder,
    and finally with a number. Case is ignored, as on some file systems.
    """
    ways = [_ways(content) for content in contents]
    claims = Counter(way for each in ways for way in {name.casefold() for name in each})
    taken = set(claims)
    names = []
    for each in ways:
        name = next((way for way in each if claims[way.casefold()] == 1), None)
        if name is None:
            numbered = (f"{each[0]}-{number}" for number in itertools.count(2))
            name = next(way for way in numbered if way.casefold() not in taken)
            taken.add(name.casefold())
        names.append(file_name(name, style))
    return names


def _ways(content: Path) -> tuple[str, str, str]:
    full = content.name.replace(".", "-")
    return content.stem, full, f"{content.absolute().parent.name}-{full}"
