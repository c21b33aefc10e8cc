"""A real browser for the tests of the page, and what they do with it."""

import asyncio
import shutil
import threading
import time
from pathlib import Path

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
DRIVER = shutil.which("chromedriver")
AXE = Path(__file__).with_name("vendor") / "axe.min.js"

PATIENCE = 240.0
"""Seconds that anything may take: the machine may be busy with other tests."""

needs_browser = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None,
    reason="no Chromium with its driver here: apt-get install chromium chromium-driver",
)


class Late:
    """Holds answers of the studio back, as a slow network does.

    Attributes:
        about: What is in the address of the requests whose answers wait for the gate.
        gate: Lets them go.
        held: The addresses that wait or have waited.
        seconds: How late all other answers are.
    """

    def __init__(self, app):
        self.app, self.about, self.gate, self.held, self.seconds = app, "", None, [], 0.0

    def hold(self, about):
        """Let answers wait until the event that is given back is set."""
        self.about, self.gate = about, threading.Event()
        return self.gate

    async def __call__(self, scope, receive, send):
        address = f"{scope.get('path')}?{scope.get('query_string', b'').decode()}"
        gate = self.gate if self.about and self.about in address else None

        async def answer(message):
            if message["type"] == "http.response.start":
                if gate is not None:
                    self.held.append(address)
                    while not gate.is_set():
                        await asyncio.sleep(0.01)
                await asyncio.sleep(self.seconds)
            await send(message)

        await self.app(scope, receive, answer)


def opened(width=1280, height=1000, dark=False):
    """A headless Chromium with a profile of its own."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.add_argument("--hide-scrollbars")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = _begun(lambda: webdriver.Chrome(options=options, service=Service(DRIVER)))
    driver.set_page_load_timeout(PATIENCE)
    driver.set_script_timeout(PATIENCE)
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    if dark:
        feature = {"name": "prefers-color-scheme", "value": "dark"}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    return driver


def _begun(browser, tries=3):
    """A browser that has begun: another test may have taken the port that was free a moment ago."""
    from selenium.common.exceptions import WebDriverException

    for left in reversed(range(tries)):
        try:
            return browser()
        except WebDriverException:
            if not left:
                raise
    raise AssertionError("no try is left")


class Page:
    """The studio's page in a browser."""

    def __init__(self, driver, address):
        self.driver = driver
        self.address = address

    def open(self, place=""):
        """Load it, as somebody sees it who has never been here."""
        self.driver.get(f"{self.address}static/icon.svg")
        self.script("localStorage.clear()")
        self.driver.get(f"{self.address}{place}")
        return self.ready()

    def ready(self):
        self.wait(lambda: self.all("#wall .tile"))
        return self

    def all(self, selector):
        from selenium.webdriver.common.by import By

        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def script(self, text, *given):
        return self.driver.execute_script(text, *given)

    def wait(self, what):
        """Wait until something is so, whatever the page exchanges meanwhile."""
        from selenium.common.exceptions import WebDriverException

        end = time.monotonic() + PATIENCE
        while True:
            try:
                if found := what():
                    return found
            except WebDriverException:
                pass
            assert time.monotonic() < end, f"the page does not come to that: {self.text('body')}"
            time.sleep(0.05)

    def text(self, selector="#status"):
        """The visible words of the first element of a kind."""
        found = self.script(
            "const e = document.querySelector(arguments[0]); return e ? e.innerText : ''", selector
        )
        return str(found)

    def says(self, words, selector="#status"):
        """Wait for words."""
        return self.wait(lambda: words in self.text(selector))

    def press(self, label, within="body"):
        """Press a button that can be seen, and give what the page says right after it."""
        find = (
            "const all = [...document.querySelectorAll(arguments[0] + ' button')];"
            "const found = all.find(e => e.checkVisibility() && !e.disabled &&"
            "  e.textContent.trim() === arguments[1]);"
        )
        words = "document.querySelector('#status').textContent"
        pressed = f"{find} found?.click(); return found ? [{words}] : null"
        return self.wait(lambda: self.script(pressed, within, label))[0]

    def choose(self, style):
        """Click a style, and give what the page calls the picture right after it."""
        tile = f"document.querySelector('.tile[data-style=\"{style}\"]')"
        self.wait(lambda: self.script(f"return !!{tile}"))
        title = "document.querySelector('#title').innerText"
        script = f"{tile}.click(); Promise.resolve().then(() => arguments[0]({title}))"
        return self.driver.execute_async_script(script)

    def upload(self, selector, path):
        """Give a file to an input."""
        self.wait(lambda: self.all(selector))[0].send_keys(str(path))

    def download(self, label, folder):
        """Click a link that downloads, and give the file once it is whole."""
        folder.mkdir()
        where = {"behavior": "allow", "downloadPath": str(folder)}
        self.driver.execute_cdp_cmd("Browser.setDownloadBehavior", where)
        link = f"[...document.querySelectorAll('#forms a')].find(e => e.innerText === '{label}')"
        self.wait(lambda: self.script(f"return !!{link}"))
        self.script(f"{link}.click()")
        whole = lambda: [p for p in folder.iterdir() if p.suffix != ".crdownload"]  # noqa: E731
        return self.wait(whole)[0]

    def put(self, selector, value):
        """Change a field or slider, and leave it."""
        self.script(
            "const e = document.querySelector(arguments[0]); e.value = arguments[1];"
            "for (const kind of ['input', 'change'])"
            "  e.dispatchEvent(new Event(kind, {bubbles: true}))",
            selector,
            value,
        )

    def source(self, selector="#after"):
        """What an image shows."""
        shown = "return document.querySelector(arguments[0]).dataset.shown ?? ''"
        return self.script(shown, selector)

    def violations(self):
        """What axe-core finds that keeps people out, who see or move in another way."""
        if not self.script("return !!window.axe"):
            self.script(AXE.read_text(encoding="utf-8"))
        found = self.driver.execute_async_script(
            "axe.run({resultTypes: ['violations']}).then(arguments[0])"
        )
        return [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]

    def complaints(self):
        """What the browser has to say against the page."""
        log = self.driver.get_log("browser")
        return [each["message"] for each in log if each["level"] == "SEVERE"]
