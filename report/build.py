"""Build the report: python report/build.py [RUNS].

With RUNS, the folder that ``make_runs.py`` made, numbers and pictures are taken from there and
kept in report/data/, from which the report can be built again without it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from impasto.errors import ImpastoError, RunError
from impasto.files import written_whole

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from report.completeness import DATA, check

HERE: Final = Path(__file__).resolve().parent
MOST_PAGES: Final = 10


def main(arguments: list[str] | None = None) -> int:
    """Run the command; give its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", type=Path, nargs="?", help="folder that make_runs.py made")
    parser.add_argument("--data", type=Path, default=HERE / "data", help="what is typeset")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "report.pdf")
    parser.add_argument("--repository", help="address of the code, printed below the title")
    given = parser.parse_args(arguments)
    try:
        if given.runs:
            from report.collect import collect  # late, as typesetting needs no torch

            collect(given.runs, given.data)
        pages = typeset(given.data, given.output, given.repository)
    except ImpastoError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{given.output}: {pages} pages")
    return 0


def typeset(data: Path, output: Path, repository: str | None = None) -> int:
    """Typeset report.typ with data.json and figures of a folder; give the number of pages.

    ``repository`` is the address of the code; without it a placeholder is printed.

    Raises:
        RunError: typst is not installed, a number or picture is missing, or the report is too long.
    """
    typst = _typst()
    try:
        told = json.loads((data / DATA).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{data / DATA}: cannot be read ({error})") from None
    check(told)
    # Paths in a document are below one root; data may be anywhere.
    inputs = {"data": "/" + (data / DATA).resolve().relative_to("/").as_posix()}
    if repository:
        inputs["repository"] = repository
    look: dict[str, Any] = {"root": "/", "sys_inputs": inputs, "ignore_system_fonts": True}
    try:
        document = typst.compile(str(HERE / "report.typ"), **look)
        pages = int(json.loads(
            typst.query(str(HERE / "report.typ"), "<pages>", field="value", one=True, **look)
        ))  # fmt: skip
    except typst.TypstError as error:
        raise RunError(f"report.typ: {_first_line(error)}") from None
    if pages > MOST_PAGES:
        raise RunError(f"report.typ: {pages} pages, at most {MOST_PAGES} are allowed")
    with written_whole(output) as temporary:
        temporary.write_bytes(document)
    return pages


def _first_line(error: Any) -> str:
    """What typst complains of, and where: the rest of its diagnostic quotes a long line."""
    lines = str(getattr(error, "diagnostic", error)).splitlines()
    place = next((each.partition("─")[2].strip() for each in lines if "┌─" in each), "")
    return f"{lines[0].removeprefix('error: ')} ({place})" if place else lines[0]


def _typst() -> Any:
    try:
        import typst
    except ImportError:
        raise RunError("typst is not installed: pip install typst") from None
    return typst


if __name__ == "__main__":
    sys.exit(main())
