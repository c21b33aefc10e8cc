"""A real browser for the tests of the page, and what they do with it."""

import shutil
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
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_page_load_timeout(PATIENCE)
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    if dark:
        feature = {"name": "prefers-color-scheme", "value": "dark"}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    return driver


class Page:
    """The studio's page in a browser."""

    def __init__(self, driver, address):
        self.driver = driver
        self.address = address

    def open(self):
        self.driver.get(self.address)
        self.wait(lambda: self.all("#sample-photos .thumbnail-item") and self.all("#go"))
        self.wait(lambda: self.script("return document.readyState") == "complete")
        time.sleep(1.5)  # the page asks what it was about before
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

    def click(self, selector):
        found = self.wait(lambda: [each for each in self.all(selector) if each.is_displayed()])
        self.script("arguments[0].scrollIntoView({block: 'center'})", found[0])
        self.script("arguments[0].click()", found[0])

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
        for each in self.all("button[role=tab]"):
            if each.text == name and each.is_displayed():
                each.click()
                return
        raise AssertionError(f"no tab {name}")

    def complaints(self):
        """What the browser has to say against the page."""
        log = self.driver.get_log("browser")
        return [each["message"] for each in log if each["level"] == "SEVERE"]
