"""What the tests of the studio share: small uploads, a studio, and patience."""

import subprocess
import threading
import time
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from PIL import Image

from conftest import photograph_pixels, style_pixels
from impasto.studio.orders import order_painting
from impasto.studio.studio import Client, Studio
from impasto.studio.worker import work

ANNA, BERT = Client("anna"), Client("bert")

QUICK = {"preset": "quick", "size": 48, "steps": 6}
"""A painting that is done in a second."""

LONG = {"preset": "quick", "size": 32, "steps": 1500}
"""A painting that is not done before somebody has had his word."""


class Nearby(threading.Thread):
    """In place of the process that paints: a thread, which has no torch to import."""

    pid = 0

    def __init__(self, pipe, limits):
        super().__init__(target=work, args=(pipe, limits), daemon=True)
        self.start()

    def kill(self):
        """It ends by itself when its pipe is closed."""


def picture_file(path, pixels):
    Image.fromarray((pixels * 255).round().astype(np.uint8)).save(path)
    return path


def photo_file(folder, name="lake.png"):
    return picture_file(folder / name, photograph_pixels(48, 64))


def style_file(folder, name="stripes.png"):
    return picture_file(folder / name, style_pixels(56, 50))


def uploads(studio, folder, styles=1):
    """A photograph and styles, taken in."""
    paths = [photo_file(folder), *(style_file(folder, f"s{n}.png") for n in range(styles))]
    taken = [studio.intake.picture(path) for path in paths]
    photo, *found = [studio.intake.again(each.path.name) for each in taken]
    return photo, found


def ordered(studio, folder, client=ANNA, asked=QUICK, styles=1):
    """A painting in the line."""
    photo, found = uploads(studio, folder, styles)
    return order_painting(studio, client, photo, found, asked)


def until(what, seconds=240.0):
    """Wait until something is so; give it."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it does not come to be"
        time.sleep(0.02)
    return found


def ended(studio, client, name):
    """The job, once it is neither waiting nor being painted."""
    return until(lambda: (job := studio.job(client, name)) and not job.is_open and job)


def reached(studio, client, name, number):
    """The job, once so many steps are done."""
    return until(lambda: (job := studio.job(client, name)).number >= number and job)


def at_step(studio, number, do):
    """Have the worker do something with its job after a step, so that no test has to be quick."""
    count, todo = studio.shelf.count, [do]

    def counted(name, reached, of):
        count(name, reached, of)
        if reached >= number and todo:
            todo.pop()(name)

    studio.shelf.count = counted


def reopened(studio, folder):
    """Another studio of the same folder, after the first has been closed."""
    studio.close()
    return Studio(folder)


@contextmanager
def small_disk(folder, megabytes):
    """A real disk of a few megabytes; the test is skipped where none can be mounted."""
    folder.mkdir()
    kind = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        subprocess.run(["mount", *kind], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no small disk can be mounted here: {error}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def filled(folder):
    """No room on a disk as long as the block lasts."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()
