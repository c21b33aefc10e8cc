"""Screenshots of the studio for the documentation: every tab, wide and narrow, light and dark.

Usage: python tools/make_studio_pictures.py [docs/pictures [RUN_DIR]]

With a run folder what has been painted there is not painted again. It opens a studio of its own,
paints samples in it, and looks at it with Chromium through Selenium
(Debian: chromium chromium-driver). Nothing is fetched.
"""

from __future__ import annotations

import base64
import functools
import io
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PIL import Image
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service

from impasto.samples import sample
from impasto.studio.orders import order_painting
from impasto.studio.page.server import served
from impasto.studio.studio import Client, Studio

WIDTHS: Final = {"": 1440, "-narrow": 390}
PATIENCE: Final = 600.0


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        studio = Studio(Path(sys.argv[2] if len(sys.argv) > 2 else temporary))
        with served(studio, "127.0.0.1", 0, {}) as address:
            mark = _fill(studio)
            for dark in (False, True):
                for suffix, width in WIDTHS.items():
                    name = f"{suffix}-{'dark' if dark else 'light'}.jpg"
                    _photograph(address, width, mark, folder, name, dark=dark)


def _fill(studio: Studio) -> str:
    """Paint two samples, as a browser with the mark that is given back would have them painted."""
    client = Client("", "studio-pictures")
    for photo, style, steps in (("coffee", "watercolor", 24), ("astronaut", "night-swirl", 48)):
        if f"{photo} as {style}" in [job.title for job in studio.jobs(client)]:
            continue
        asked = {"preset": "quick", "steps": steps}
        content = studio.intake.picture(sample("content", photo).path)
        manner = studio.intake.picture(sample("style", style).path)
        job = order_painting(studio, client, content, [manner], asked)
        _until(functools.partial(_has_ended, studio, client, job.id))
    return client.browser


def _has_ended(studio: Studio, client: Client, name: str) -> bool:
    return not studio.job(client, name).is_open


def _photograph(
    address: str, width: int, mark: str, folder: Path, name: str, *, dark: bool
) -> None:
    driver = _browser(width, dark=dark)
    try:
        driver.get(address)
        _until(lambda: driver.execute_script("return !!document.querySelector('#go')"))
        time.sleep(3)
        _choose(driver, "#strip .thumbnail-item")
        _until(lambda: "Finished" in _text(driver, ".status"))
        _choose(driver, "#again")
        for zone in ("#photo", "#style1"):
            _until(functools.partial(_has_picture, driver, zone))
        time.sleep(2)
        _save(driver, folder / f"studio-paint{name}")
        _tab(driver, "Instant")
        _choose(driver, "#instant-samples .thumbnail-item")
        _until(functools.partial(_has_picture, driver, "#instant-result"))
        time.sleep(3)
        _choose(driver, "#instant-gallery .thumbnail-item:nth-child(1)")
        time.sleep(2)
        _save(driver, folder / f"studio-instant{name}")
        _tab(driver, "Translate")
        _choose(driver, "#translate-samples .thumbnail-item")
        _until(functools.partial(_has_picture, driver, "#translate-result"))
        time.sleep(2)
        _save(driver, folder / f"studio-translate{name}")
        _tab(driver, "Video")
        time.sleep(2)
        _save(driver, folder / f"studio-video{name}")
    finally:
        driver.quit()
    print(f"{mark}: {name}")


def _browser(width: int, *, dark: bool) -> Any:
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium") or shutil.which("google-chrome"))
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(word)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_page_load_timeout(PATIENCE)
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    return driver


def _has_picture(driver: Any, selector: str) -> bool:
    found = "return !!document.querySelector(arguments[0] + ' img')"
    return bool(driver.execute_script(found, selector))


def _choose(driver: Any, selector: str) -> None:
    found = "document.querySelector(arguments[0])"
    _until(lambda: driver.execute_script(f"return !!{found}", selector))
    driver.execute_script(f"{found}.click()", selector)


def _tab(driver: Any, name: str) -> None:
    """Click a tab, also one that is behind the dots where the page is narrow."""
    driver.execute_script(
        "const all = [...document.querySelectorAll('button[role=tab], .overflow-dropdown button')];"
        "all.reverse().find(e => e.innerText.trim() === arguments[0] ||"
        " e.textContent.trim() === arguments[0]).click()",
        name,
    )


def _text(driver: Any, selector: str) -> str:
    found = "const e = document.querySelector(arguments[0]); return e ? e.innerText : ''"
    return str(driver.execute_script(found, selector))


def _save(driver: Any, path: Path) -> None:
    driver.execute_script("window.scrollTo(0, 0)")
    height = driver.execute_script("return document.documentElement.scrollHeight")
    width = driver.execute_script("return window.innerWidth")
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    wanted = {"format": "png", "captureBeyondViewport": True, "clip": clip}
    data = base64.b64decode(driver.execute_cdp_cmd("Page.captureScreenshot", wanted)["data"])
    Image.open(io.BytesIO(data)).convert("RGB").save(path, quality=82, optimize=True)


def _until(what: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if what():
                return
        except WebDriverException:
            pass
        time.sleep(0.3)
    raise SystemExit("the page does not come to it")


if __name__ == "__main__":
    main()
