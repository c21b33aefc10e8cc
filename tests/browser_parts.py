"""A real browser for the tests of the page, and what they do with it."""

import asyncio
import shutil
import threading
import time

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
DRIVER = shutil.which("chromedriver")

PATIENCE = 240.0
"""Seconds that anything may take: the machine may be busy with other tests."""

needs_browser = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None,
    reason="no Chromium with its driver here: apt-get install chromium chromium-driver",
)


class Late:
    """Holds answers of the page's server back, as a slow network does.

    Attributes:
        gate: What the answers to requests from now on wait for; None is nothing.
        held: What was sent with the requests whose answers wait or have waited.
    """

    def __init__(self, app):
        self.app, self.gate, self.gates, self.held = app, None, [], []

    def hold(self):
        """Let the answers to all requests from now on wait for the event that is given back."""
        self.gate = threading.Event()
        self.gates.append(self.gate)
        return self.gate

    def release(self):
        """Let nothing wait any more."""
        self.gate = None
        for gate in self.gates:
            gate.set()

    async def __call__(self, scope, receive, send):
        sent, gate = [], self.gate

        async def read():
            message = await receive()
            sent.append(message.get("body", b""))
            return message

        async def answer(message):
            if gate is not None and message["type"] == "http.response.start":
                self.held.append(b"".join(sent))
                while not gate.is_set():
                    await asyncio.sleep(0.02)
            await send(message)

        if scope.get("path", "").endswith("/run/predict"):
            await self.app(scope, read, answer)
        else:
            await self.app(scope, receive, send)


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

    def open(self):
        self.driver.get(self.address)
        self.wait(lambda: self.all("#sample-photos .thumbnail-item") and self.all("#go"))
        self.wait(lambda: self.script("return document.readyState") == "complete")
        return self

    def all(self, selector):
        from selenium.webdriver.common.by import By

        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def script(self, text, *given):
        return self.driver.execute_script(text, *given)

    def wait(self, what, seconds=PATIENCE):
        """Wait until something is so, whatever the page exchanges meanwhile."""
        from selenium.common.exceptions import WebDriverException

        end = time.monotonic() + seconds
        while True:
            try:
                if found := what():
                    return found
            except WebDriverException:
                pass
            assert time.monotonic() < end, f"the page does not come to that: {self.text()}"
            time.sleep(0.1)

    def text(self, selector=".status"):
        """The visible words of the first element of a kind."""
        found = self.script(
            "const e = document.querySelector(arguments[0]); return e ? e.innerText : ''", selector
        )
        return str(found)

    def click(self, selector, words=""):
        """Click the first that can be seen, of those with these words in them."""

        def clicked():
            seen = [each for each in self.all(selector) if each.is_displayed()]
            for each in seen:
                if words in self.script("return arguments[0].innerText ?? ''", each):
                    self.script("arguments[0].click()", each)
                    return True
            return False

        self.wait(clicked)

    def upload(self, selector, path):
        """Give a file to a drop zone; an address of a picture appears once it has arrived."""
        self.wait(lambda: self.all(f"{selector} input[type=file]"))[0].send_keys(str(path))

    def download(self, selector, folder):
        """Click a button that downloads, and give the file once it is whole."""
        folder.mkdir()
        where = {"behavior": "allow", "downloadPath": str(folder)}
        self.driver.execute_cdp_cmd("Browser.setDownloadBehavior", where)
        self.click(selector)
        whole = lambda: [p for p in folder.iterdir() if p.suffix != ".crdownload"]  # noqa: E731
        return self.wait(whole)[0]

    def slide(self, selector, value):
        """Move a slider and let it go."""
        self.script(
            "const e = document.querySelector(arguments[0] + ' input[type=range]');"
            "e.value = arguments[1];"
            "for (const kind of ['input', 'change', 'pointerup', 'mouseup'])"
            "  e.dispatchEvent(new Event(kind, {bubbles: true}));",
            selector,
            value,
        )

    def number(self, selector, value):
        """Type a number into a field."""
        self.script(
            "const e = document.querySelector(arguments[0] + ' input[type=number]');"
            "e.value = arguments[1];"
            "for (const kind of ['input', 'change', 'blur'])"
            "  e.dispatchEvent(new Event(kind, {bubbles: true}));",
            selector,
            value,
        )

    def tab(self, name):
        self.click("button[role=tab]", name)

    def sources(self, selector):
        """The addresses of all images within an element."""
        within = f"[...document.querySelectorAll('{selector} img')]"
        return self.script(f"return {within}.map(each => each.src)")

    def complaints(self):
        """What the browser has to say against the page."""
        log = self.driver.get_log("browser")
        return [each["message"] for each in log if each["level"] == "SEVERE"]
