"""How soon the studio shows something, what it takes when idle, and whether anything gets lost.

Usage: python -m benchmarks.bench_studio
           [looks | painting | idle | clients | presses | often]... [--size 512]

Each measure opens `impasto studio` as its own process, on an address:

- looks: seconds from an upload of 12 megapixels and of 1 to the first and to the tenth preview;
- painting: seconds to an answer, to the first step and to the end; how far the time left was wrong
  after a tenth of the work; memory before and a while after; `--runs` picks some of look,
  photograph, fine and 1024;
- idle: share of a core without a page and with one open that asks for what is new, and memory;
- presses: 200 at random moments in a browser, answers 0.3 s late and three programs busy beside:
  how many reached the studio;
- often: memory after 5 small paintings and after 50;
- clients: 20 at once upload 50 MB, order and ask, while the studio is killed and started again:
  what was lost, errors of the server, and the 95th percentile of an answer about a job.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import importlib
import io
import json
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from PIL import Image

from impasto.samples import samples
from impasto.studio.studio import Studio

server: Any = importlib.import_module("impasto.studio.page.server")

CLIENTS = 20
PRESSES = 200
LATE = 0.3  # seconds
BUSY = 3
KILLS = 2


@contextmanager
def studio(folder: Path, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A studio in a folder, and its address."""
    asked = [sys.executable, "-m", "impasto", "studio", "--run-dir", str(folder)]
    process = subprocess.Popen([*asked, "--port", str(port)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found, "the studio does not open"
    try:
        yield process, found[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@contextmanager
def opened() -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """A studio in a folder of its own, and a client of it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        studio(Path(folder)) as (process, address),
        httpx.Client(base_url=f"{address}api/", timeout=600) as http,
    ):
        yield process, http


def photograph(megapixels: float) -> bytes:
    """A sample with grain, as large as is asked for."""
    image = Image.open(samples("content")[1].path).convert("RGB")
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    pixels = np.asarray(image.resize((height * 4 // 3, height)), np.int16)
    noise = np.random.default_rng(0).integers(-9, 10, pixels.shape, np.int16)
    file = io.BytesIO()
    Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=92)
    return file.getvalue()


def memory(process: subprocess.Popen[str]) -> dict[str, int]:
    """Resident megabytes of the studio and of its other process."""
    own = psutil.Process(process.pid)
    others = [each.memory_info().rss for each in own.children(recursive=True)]
    return {"studio_mb": own.memory_info().rss // 10**6, "worker_mb": sum(others) // 10**6}


def looks(given: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with opened() as (process, http):
        styles = [each["name"] for each in http.get("start").json()["styles"]][:10]
        for name, megapixels in (("first_use_1_mp", 1), ("1_mp", 1), ("12_mp", 12)):
            data, begun = photograph(megapixels), time.perf_counter()
            photo = http.post("upload", files={"files": ("a.jpg", data)}).json()[0]["name"]
            at = [time.perf_counter() - begun]
            for style in styles:
                query = {"photo": photo, "style": f"{style}~1", "side": given.size}
                http.get("look", params=query).raise_for_status()
                at.append(time.perf_counter() - begun)
            times = {"upload": at[0], "first": at[1], "ten": at[-1]}
            found[name] = {key: round(value, 2) for key, value in times.items()}
            begun = time.perf_counter()
            http.get("look", params={**query, "strength": 1.1, "side": 1024}).raise_for_status()
            found[name]["easel_1024"] = round(time.perf_counter() - begun, 2)
        found |= memory(process)
    return found


def painting(given: argparse.Namespace) -> dict[str, Any]:
    with opened() as (process, http):
        before = memory(process)
        _painted(http, {"look": LOOK, "options": {"size": 128, "steps": 4}})  # loads torch
        runs = {name: _painted(http, RUNS[name]) for name in given.runs or RUNS}
        busy = memory(process)
        time.sleep(given.rest)
        return {"runs": runs, "before": before, "after": busy, "later": memory(process)}


LOOK = {"styles": {"@sample:night-swirl": 1}}
DRAWN = ["sample:night-swirl"]
RUNS: dict[str, dict[str, Any]] = {
    "look": {"look": LOOK},
    "photograph": {"styles": DRAWN},
    "fine": {"styles": DRAWN, "options": {"preset": "fine"}},
    "1024": {"styles": DRAWN, "options": {"size": 1024}},
}


def _painted(http: httpx.Client, order: dict[str, Any]) -> dict[str, Any]:
    begun = time.perf_counter()
    order = {"photo": "sample:astronaut", **order}
    job = http.post("paint", json=order).raise_for_status().json()["job"]
    answered, first, told = time.perf_counter() - begun, 0.0, []
    while (now := http.get(f"job/{job}").json())["state"] in ("waiting", "running"):
        seconds = time.perf_counter() - begun
        if now["number"] and not first:
            first = seconds
        if now["left"] is not None:
            told.append((seconds, now["left"]))
        time.sleep(0.05)
    whole = time.perf_counter() - begun
    tenth = first + (whole - first) / 10
    error = next(((at + left - whole) / (whole - at) for at, left in told if at >= tenth), None)
    values = {"answered": answered, "first_step": first, "whole": whole, "left_is_wrong_by": error}
    return {name: value and round(value, 2) for name, value in values.items()}


def idle(given: argparse.Namespace) -> dict[str, Any]:
    with opened() as (process, http):
        begun = memory(process)
        wall = [each["name"] for each in http.get("start").json()["styles"]]
        for style in wall:
            http.get("look", params={"photo": "sample:cat", "style": f"{style}~1", "side": 512})
        wall_mb = memory(process)
        version, own = http.get("jobs").json()["version"], psutil.Process(process.pid)
        ask = functools.partial(http.get, "jobs", params={"since": version})
        time.sleep(given.rest)  # the networks give their memory back meanwhile
        return {
            "share_of_a_core": _share(own, given.rest, ask),
            "without_a_page": _share(own, given.rest, lambda: None),
            "begun": begun,
            "wall": wall_mb,
            "later": memory(process),
        }


def _share(process: psutil.Process, seconds: float, each_second: Callable[[], object]) -> float:
    """Share of a core that a process takes."""
    used, since = sum(process.cpu_times()[:2]), time.perf_counter()
    while time.perf_counter() < since + seconds:
        each_second()
        time.sleep(1)
    used = sum(process.cpu_times()[:2]) - used
    return float(round(used / (time.perf_counter() - since), 4))


def often(_: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {}
    order = {"styles": ["sample:dots"], "options": {"preset": "quick", "size": 48, "steps": 3}}
    with opened() as (process, http):
        for number in range(1, 51):
            _painted(http, order)
            if number in (5, 15, 30, 50):
                found[f"after_{number}"] = memory(process)
    return found


class Counted:
    """Answers late, and counts the presses that reach the studio and are answered well."""

    def __init__(self, app: Any, late: float) -> None:
        self.app, self.late, self.arrived = app, late, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer."""

        async def answer(message: Any) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(self.late)
                is_press = scope["path"] in ("/api/steer", "/api/change")
                self.arrived += is_press and message["status"] == 200
            await send(message)

        await self.app(scope, receive, answer)


def presses(given: argparse.Namespace) -> dict[str, Any]:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    parts: Any = importlib.import_module("browser_parts")
    pressing: Any = importlib.import_module("test_studio_presses")
    parts.PATIENCE = 1800.0
    door, counted = server.Door, list[Counted]()

    def late_door(*given: Any) -> Counted:
        counted.append(Counted(door(*given), 0.0))
        return counted[0]

    server.Door = late_door
    with tempfile.TemporaryDirectory() as folder:
        studio_ = Studio(Path(folder) / "run")
        with server.served(studio_, "127.0.0.1", 0, {}) as address:
            driver = parts.opened()
            page = parts.Page(driver, address).open()
            pressing.begin(page, Path(folder))
            counted[0].late = LATE
            with _busy():
                told = pressing.press(page, studio_, PRESSES, 1000.0 * given.rest)
            driver.quit()
    return {"presses": told, "lost": told - counted[0].arrived}


@contextmanager
def _busy() -> Iterator[None]:
    """Programs that take all they get."""
    endless = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(endless, start_new_session=True) for _ in range(BUSY)]
    try:
        yield
    finally:
        for each in busy:
            each.kill()


def clients(given: argparse.Namespace) -> dict[str, Any]:
    """Many at once, and a studio that is killed."""
    told: dict[str, Any] = {"orders": [], "answers": [], "errors": [], "uploads": 0}
    noise = np.random.default_rng(1).integers(0, 255, (4000, 4200, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG", compress_level=0)
    data, over = file.getvalue(), threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        address = ""
        for number in range(KILLS + 1):
            port = int(address.rstrip("/").rpartition(":")[2]) if address else 0
            with studio(Path(folder), port) as (process, address):
                if not number:
                    threads = [
                        threading.Thread(target=_client, args=(address, data, told, over, each))
                        for each in range(CLIENTS)
                    ]
                    for thread in threads:
                        thread.start()
                time.sleep(given.rest)
                if number < KILLS:
                    process.kill()
                else:
                    over.set()
                    for thread in threads:
                        thread.join()
                    with httpx.Client(base_url=f"{address}api/", timeout=600) as http:
                        there = {each["job"] for each in http.get("jobs").json()["jobs"]}
    answers = sorted(told["answers"])
    return {
        "orders": len(told["orders"]),
        "lost": len(set(told["orders"]) - there),
        "uploads_of_50_mb": told["uploads"],
        "server_errors": told["errors"],
        "answers": len(answers),
        "median_s": round(statistics.median(answers), 3),
        "p95_s": round(answers[int(0.95 * len(answers))], 3),
    }


def _client(address: str, data: bytes, told: Any, over: threading.Event, number: int) -> None:
    options = {"preset": "quick", "size": 64, "steps": 4}
    with httpx.Client(base_url=f"{address}api/", timeout=600) as http:
        job = ""
        while not over.is_set():
            try:
                if not job:
                    photo = "sample:cat"
                    if number < 4:
                        answer = http.post("upload", files={"files": ("a.png", data)})
                        _noted(told, answer)
                        if answer.status_code == 200:
                            told["uploads"] += 1
                            photo = answer.json()[0]["name"]
                    order = {"photo": photo, "styles": ["sample:dots"], "options": options}
                    answer = http.post("paint", json=order)
                    _noted(told, answer)
                    if answer.status_code == 200:
                        job = answer.json()["job"]
                        told["orders"].append(job)
                begun = time.perf_counter()
                answer = http.get(f"job/{job}")
                told["answers"].append(time.perf_counter() - begun)
                _noted(told, answer)
            except httpx.TransportError:
                pass  # it is being killed
            time.sleep(0.2)


def _noted(told: Any, answer: httpx.Response) -> None:
    if answer.status_code >= 500:
        told["errors"].append((answer.status_code, answer.text[:200]))


def main() -> None:
    measures = {
        "looks": looks, "painting": painting, "idle": idle, "clients": clients,
        "presses": presses, "often": often,
    }  # fmt: skip
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measures", nargs="*", help=", ".join(measures))
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rest", type=float, default=30.0)
    parser.add_argument("--runs", nargs="*", choices=RUNS)
    given = parser.parse_args()
    for name in given.measures or measures:
        load = psutil.getloadavg()[0]
        print(json.dumps({name: measures[name](given), "load_before": load}, indent=2), flush=True)


if __name__ == "__main__":
    main()
