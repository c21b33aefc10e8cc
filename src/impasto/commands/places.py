"""Which pictures a command works on, and where each result goes."""

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
    """Make one line of a name that is too long, or a folder that may not be looked into."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or "cannot be used").lower()
        raise PictureError(f"{error.filename}: {reason}") from None


def photographs(given: Sequence[Path], output: Path | None) -> list[Path]:
    """The pictures among files and folders, each once.

    Raises:
        PictureError: One is not there.
        OptionError: The results would lie among them.
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
    """See that there is such a file or folder.

    Raises:
        PictureError: There is none.
    """
    if not path.exists():
        raise PictureError(f"{path}: no such file or folder")


def result_files(given: Sequence[Path], output: Path | None, names: Sequence[str]) -> list[Path]:
    """The file of each result.

    Args:
        given: Pictures or folders, as they were named.
        output: A file, or a folder, if any was named.
        names: What the results are called where no file is named.

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
    """The file itself, or that of this name in the folder that was named."""
    if output == STREAM:
        return output
    return output / name if output.is_dir() or output.suffix == "" else output


def fault_of(output: Path, made_from: Iterable[Path], bits: int | None) -> ImpastoError | None:
    """Why a result cannot be written; None where nothing is known against it."""
    if output == STREAM:
        return None
    try:
        with names_checked():
            with suppress(FileNotFoundError, NotADirectoryError):
                output.lstat()  # of a name no file can have
            check_writable(output, bits=bits)
            # Even --overwrite means results, not what they are made from.
            if any(_same(output, each) for each in made_from):
                expected = "another file than those it is made from"
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

    A photograph is called by its stem; where several have the same, with its suffix, then with
    its folder, and in the end with a number. Capitals make no difference, as they make none to
    some file systems.
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
