"""The site builds strictly and without the network, and its pages load nothing from elsewhere."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from docs_pages import PAGES, ROOT

pytest.importorskip("zensical", reason="the group docs is not installed")

LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built from a copy of its sources."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("docs", "src/impasto", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("assets"))
    shutil.copy(ROOT / "zensical.toml", folder)
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    paths = f"{folder / 'src'}:{folder / 'tools'}"
    # A proxy that does not exist: any request fails.
    environment = {"PATH": "", "PYTHONPATH": paths, "HTTPS_PROXY": "http://127.0.0.1:9",
                   "HTTP_PROXY": "http://127.0.0.1:9", "HOME": str(folder)}  # fmt: skip
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


class _Seen(HTMLParser):
    """What a page loads and links to, and its anchors."""

    def __init__(self):
        super().__init__()
        self.loaded, self.linked, self.ids, self.tags = [], [], set(), []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.ids.add(given.get("id"))
        if tag in LOADED and given.get(LOADED[tag]) and given.get("rel") != "canonical":
            self.loaded.append(given[LOADED[tag]])
        if tag == "a" and given.get("href"):
            self.linked.append(given["href"])


@pytest.fixture(scope="module")
def seen(site):
    pages = {}
    for path in site.rglob("*.html"):
        pages[path] = _Seen()
        pages[path].feed(path.read_text(encoding="utf-8"))
    return pages


@pytest.mark.slow
def test_nothing_is_loaded_from_elsewhere(site, seen):
    assert len(seen) > 20
    for path, page in seen.items():
        for target in page.loaded:
            parts = urlsplit(target)
            assert not parts.scheme or parts.scheme == "data", (path.name, target)
            assert not parts.netloc, (path.name, target)
            if parts.path and path.name != "404.html":
                assert (path.parent / unquote(parts.path)).resolve().exists(), (path.name, target)
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import )[\"']?(?:https?:)?//", sheet.read_text("utf-8"))


@pytest.mark.slow
def test_links_of_the_built_pages_lead_somewhere(seen):
    for path, page in seen.items():
        if path.name == "404.html":
            continue
        for target in page.linked:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = there / "index.html" if there.is_dir() else there
            assert there.exists(), (path.name, target)
            if parts.fragment and there in seen:
                assert unquote(parts.fragment) in seen[there].ids, (path.name, target)


@pytest.mark.slow
def test_every_page_is_there_and_formulas_are_drawn(site, seen):
    for page in PAGES:
        if ROOT / "docs" in page.parents:
            place = page.relative_to(ROOT / "docs").with_suffix(".html")
            assert site / place in seen, place
    for name in ("gatys", "nearest", "johnson", "adain", "cyclegan"):
        path = site / "methods" / f"{name}.html"
        assert seen[path].tags.count("math") >= 3
        text = path.read_text(encoding="utf-8")
        assert "$$" not in text
        # Commands that the converter does not know stay in the text with their backslash.
        drawn = re.findall(r"<math.*?</math>", text, re.DOTALL)
        assert [each for each in drawn if "\\" in each or "&#x0005C;" in each] == []


@pytest.mark.slow
def test_docstrings_are_plain(site):
    text = (site / "api.html").read_text(encoding="utf-8")
    assert ":class:" not in text
    assert "doctest: +SKIP" not in text
    assert "Weight of the style loss (beta)" in text  # an option's docstring
