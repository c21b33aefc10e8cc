"""Every link, anchor and picture of README and docs/ has a target."""

import re
import tomllib
import unicodedata
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image

import impasto
from docs_pages import PAGES, ROOT, named, prose

_LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_REFERENCE = re.compile(r"^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
_ATTRIBUTE = re.compile(r"(?:src|href)=\"([^\"]+)\"")
_HEADING = re.compile(r"^#{1,6} +(.+?)(?: +#+)?$", re.MULTILINE)
_OBJECT = re.compile(r"^::: (impasto[\w.]*)$", re.MULTILINE)


def links(text):
    """The targets of all links and pictures of a page, with line numbers."""
    plain = re.sub(r"`[^`\n]*`", lambda found: " " * len(found[0]), prose(text))
    found = [each for kind in (_LINK, _REFERENCE, _ATTRIBUTE) for each in kind.finditer(plain)]
    return [(each[1], plain.count("\n", 0, each.start()) + 1) for each in found]


def anchors(text):
    """The anchors of a page: its headings, as code hosts and the site name them."""
    found = {slug(each[1]) for each in _HEADING.finditer(prose(text))}
    return found | {each[1] for each in _OBJECT.finditer(text)}


def slug(heading):
    text = re.sub(r"[`*_]|\]\([^)]*\)|\[", "", heading)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text).strip().lower())


def complaint(page, target):
    """What is wrong with a link, or nothing."""
    parts = urlsplit(target)
    if parts.scheme:
        good = parts.scheme in ("https", "http", "mailto") and (parts.netloc or parts.path)
        return "" if good and " " not in target else "no address"
    if parts.netloc:
        return "an address without a scheme"
    path = page if not parts.path else (page.parent / unquote(parts.path)).resolve()
    if not path.exists():
        return "no such file"
    if ROOT / "docs" in page.parents and ROOT / "docs" not in path.parents:
        return "outside of docs/, which is all that the site has"
    if parts.fragment and path.suffix == ".md":
        known = anchors(path.read_text(encoding="utf-8"))
        return "" if parts.fragment in known else "no such heading"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    found = links(page.read_text(encoding="utf-8"))
    dead = [(target, line, why) for target, line in found if (why := complaint(page, target))]
    assert dead == []


def test_dead_links_would_be_found():
    page = ROOT / "docs" / "index.md"
    text = "[a](nowhere.md) ![b](pictures/none.jpg) `[c](code.md)`\n```\n[d](block.md)\n```\n"
    assert links(text) == [("nowhere.md", 1), ("pictures/none.jpg", 1)]
    assert complaint(page, "nowhere.md") == "no such file"
    assert complaint(page, "video.md#no-such") == "no such heading"
    assert complaint(page, "video.md#long-videos") == ""
    assert complaint(page, "../README.md").startswith("outside of docs/")
    assert complaint(page, "https:example.org/a b") == "no address"
    assert complaint(page, "//example.org") == "an address without a scheme"
    assert complaint(page, "https://example.org/a") == ""
    assert anchors("# A *b* `c`, d: (e)\n```\n# not this\n```\n") == {"a-b-c-d-e"}


def test_there_are_links_of_every_kind():
    every = [target for page in PAGES for target, _ in links(page.read_text(encoding="utf-8"))]
    assert len(every) > 50
    assert any("#" in each for each in every)
    assert any(each.startswith("https://") for each in every)


def test_every_page_has_its_place_in_the_site():
    config = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))
    placed = list(_pages(config["project"]["nav"]))
    pages = [named(page).removeprefix("docs/") for page in PAGES if ROOT / "docs" in page.parents]
    assert sorted(placed) == sorted(pages)


def _pages(entries):
    for entry in entries:
        for place in entry.values():
            if isinstance(place, str):
                yield place
            else:
                yield from _pages(place)


def test_every_picture_is_shown():
    shown = {
        (page.parent / target).resolve()
        for page in PAGES
        for target, _ in links(page.read_text(encoding="utf-8"))
        if not urlsplit(target).scheme
    }
    assert set((ROOT / "docs" / "pictures").iterdir()) <= shown


def test_every_picture_is_whole():
    for path in (ROOT / "docs" / "pictures").iterdir():
        with Image.open(path) as picture:
            picture.load()


def test_every_public_name_is_in_the_reference():
    documented = _OBJECT.findall((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))
    assert {f"impasto.{name}" for name in impasto.__all__} <= set(documented)
