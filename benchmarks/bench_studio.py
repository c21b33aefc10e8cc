"""How soon the studio shows something, what it takes when idle, and whether anything gets lost.

Usage: python -m benchmarks.bench_studio [looks | painting | idle | clients]... [--size 512]

Each measure opens `impasto studio` as its own process, on an address:

- looks: seconds from an upload of 12 megapixels and of 1 to the first and to the tenth preview;
- painting: seconds to an answer, to the first step and to the end; how far the time left was wrong
  after a tenth of the work; memory before and a while after;
- idle: share of a core and memory with a page open that asks for what is new;
- clients: 20 at once upload 50 MB, order and ask, while the studio is killed and started again:
  what was lost, errors of the server, and the 95th percentile of an answer about a job.
"""

from __future__ import annotations

import argparse
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from PIL import Image

from impasto.samples import samples

CLIENTS = 20
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
        runs = [_painted(http, given, begin) for begin in ("cold", "look", "photograph")]
        busy = memory(process)
        time.sleep(given.rest)
        return {"runs": runs, "before": before, "after": busy, "later": memory(process)}


def _painted(http: httpx.Client, given: argparse.Namespace, begin: str) -> dict[str, Any]:
    order: dict[str, Any] = {"photo": "sample:astronaut", "options": {"size": given.size}}
    if begin == "photograph":
        order["styles"] = ["sample:night-swirl"]
    else:
        order["look"] = {"styles": {"starry-night": 1}}
        order["options"]["steps"] = 12 if begin == "cold" else 60
    begun = time.perf_counter()
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
    return {"begin": begin} | {name: value and round(value, 2) for name, value in values.items()}


def idle(given: argparse.Namespace) -> dict[str, Any]:
    with opened() as (process, http):
        begun = memory(process)
        wall = [each["name"] for each in http.get("start").json()["styles"]]
        for style in wall:
            http.get("look", params={"photo": "sample:cat", "style": f"{style}~1", "side": 512})
        wall_mb = memory(process)
        version, own = http.get("jobs").json()["version"], psutil.Process(process.pid)
        used, since = sum(own.cpu_times()[:2]), time.perf_counter()
        while time.perf_counter() < since + given.rest:
            http.get("jobs", params={"since": version})
            time.sleep(1)
        share = (sum(own.cpu_times()[:2]) - used) / (time.perf_counter() - since)
        return {
            "share_of_a_core": round(share, 4),
            "begun": begun,
            "wall": wall_mb,
            "later": memory(process),
        }


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
    measures = {"looks": looks, "painting": painting, "idle": idle, "clients": clients}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measures", nargs="*", help=", ".join(measures))
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rest", type=float, default=30.0)
    given = parser.parse_args()
    for name in given.measures or measures:
        load = psutil.getloadavg()[0]
        print(json.dumps({name: measures[name](given), "load_before": load}, indent=2), flush=True)


if __name__ == "__main__":
    main()
