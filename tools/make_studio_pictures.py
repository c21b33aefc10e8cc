"""Screenshots of the studio for the documentation, wide and narrow, light and dark.

Usage: python tools/make_studio_pictures.py [docs/pictures [FILM]]

It opens a studio of its own, paints samples in it, and looks at it with Chromium through Selenium
(Debian: chromium chromium-driver). Nothing is fetched. The film is one of the tests' by default.
"""

from __future__ import annotations

import base64
import importlib
import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from impasto.studio.page.server import served  # noqa: E402
from impasto.studio.studio import Studio  # noqa: E402

browser_parts: Any = importlib.import_module("browser_parts")
film_clips: Any = importlib.import_module("film_clips")

WIDE: Final = (1440, 900)
NARROW: Final = (390, 844)
QUALITY: Final = 80


def main() -> None:
    browser_parts.PATIENCE = 1800.0
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        film = Path(sys.argv[2] if len(sys.argv) > 2 else f"{temporary}/ball.mp4")
        if not film.exists():
            film_clips.write_film(film, film_clips.moving_square(20))
        studio = Studio(Path(temporary) / "run")
        with served(studio, "127.0.0.1", 0, {}) as address:
            _finished(address, folder)
            _painting(address, folder, WIDE, "studio-painting-dark", dark=True)
            _painting(address, folder, NARROW, "studio-painting-narrow-dark", dark=True)
            for size, name in ((WIDE, "picture-light"), (NARROW, "picture-narrow-light")):
                with _page(address, size) as page:
                    _example(page, "sample:coffee", "udnie")
                    _save(page, folder / f"studio-{name}.jpg")
            with _page(address, WIDE) as page:
                page.script("location.hash = '#film'")
                page.upload("#file", film)
                page.wait(lambda: film.stem in page.text("#title"))
                _looked(page)
                _save(page, folder / "studio-film-light.jpg")


@contextmanager
def _page(address: str, size: tuple[int, int], *, dark: bool = False) -> Iterator[Any]:
    driver = browser_parts.opened(*size, dark=dark)
    try:
        yield browser_parts.Page(driver, address).open()
    finally:
        driver.quit()


def _example(page: Any, photo: str, style: str) -> None:
    """A sample in a style, with the line in the middle."""
    page.script(f"document.querySelector('.sample[data-name=\"{photo}\"]').click()")
    page.choose(style)
    page.wait(lambda: style.rpartition(":")[2] in page.source())
    _looked(page)


def _looked(page: Any) -> None:
    page.wait(lambda: not page.all(".tile[aria-busy=true]") and page.source())


def _finished(address: str, folder: Path) -> None:
    with _page(address, WIDE) as page:
        for photo, style in (
            ("sample:astronaut", "@sample:night-swirl"),
            ("sample:cat", "portrait"),
        ):
            page.script("location.hash = '#picture'")
            _example(page, photo, style)
            page.put("#steps", 10)
            page.put("#size", 320)
            page.press("Paint this")
            page.says("Finished")
        page.wait(lambda: page.source().count("done"))
        page.press("Download")
        page.wait(lambda: page.all("#forms a"))
        _save(page, folder / "studio-download-light.jpg")


def _painting(address: str, folder: Path, size: tuple[int, int], name: str, *, dark: bool) -> None:
    with _page(address, size, dark=dark) as page:
        _example(page, "sample:astronaut", "wheat-field")
        page.put("#steps", 200)
        page.put("#size", 320)
        page.press("Paint this")
        page.says("left")  # a certain step may be over before the page asks
        page.wait(lambda: "running" in page.source())
        _save(page, folder / f"{name}.jpg")
        page.press("Cancel")
        page.says("Cancelled")


def _save(page: Any, path: Path) -> None:
    data = page.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
    image = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    image.save(path, quality=QUALITY, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
