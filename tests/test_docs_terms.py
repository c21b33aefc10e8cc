"""docs/terms.md holds: no page, notebook or report has a second word for a listed thing."""

import json
import re

import pytest

from docs_pages import PAGES, ROOT, named, prose

TERMS = ROOT / "docs" / "terms.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TERMS.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
][1:]
SECOND = {word: term for term, _, words in ROWS for word in filter(None, words.split(", "))}
WORD = re.compile(rf"\b({'|'.join(map(re.escape, SECOND))})(?:e?s)?\b", re.IGNORECASE)
OF_OTHERS = r"`[^`\n]*`|\[[^\]\n]*\]\(https?:[^)]*\)|\]\([^)]*\)|\b[A-Z]{3,}\b|\b\w+/\w+\.\w+"
"""Inline code, titles of papers, targets of links, names that stand for files, paths."""
READ = [page for page in PAGES if page != TERMS and page.name != "CHANGELOG.md"]
OTHERS = [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "report").glob("report.typ")]


def text_of(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    if path.suffix == ".typ":
        text = re.sub(r'"[^"\n]*"', " ", text)
    return re.sub(OF_OTHERS, " ", prose(text))


def second_words(text):
    return [
        f"line {number}: {found[1]}, in place of {SECOND[found[1].lower()]}"
        for number, line in enumerate(text.splitlines(), 1)
        for found in WORD.finditer(line)
    ]


@pytest.mark.parametrize("page", [*READ, *OTHERS], ids=named)
def test_one_word_for_one_thing(page):
    assert second_words(text_of(page)) == []


def test_second_words_would_be_found():
    assert second_words("An activation\nof two photos.\n") == [
        "line 1: activation, in place of feature map",
        "line 2: photo, in place of photograph",
    ]


def test_terms_are_used():
    every = "\n".join(page.read_text(encoding="utf-8").lower() for page in READ)
    unused = [term for row in ROWS for term in row[0].split(", ") if term not in every]
    assert len(ROWS) > 25
    assert unused == []
