"""What all tests share: shape checks, few threads, a home of their own, small pictures, VGG-16."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import jaxtyping
import numpy as np
import pytest
import torch
from PIL import Image

import impasto
from impasto.files import written_whole
from impasto.track import overlay, plot

_DRAWN = plot.save
_PACKAGE = Path(impasto.__file__).parent
_USERS_INPUT = ("__init__", "options", "presets")
"""Modules of a method that stay unchecked: they meet values of any type and have errors of their
own for them, which are under test."""


def _checked_modules():
    files = sorted((_PACKAGE / "methods").rglob("*.py"))
    dotted = [".".join(file.relative_to(_PACKAGE.parent).with_suffix("").parts) for file in files]
    return ["impasto.nn", *(name for name in dotted if not name.endswith(_USERS_INPUT))]


# The numeric tower, as in mypy: an int is welcome where a float is expected.
_CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
jaxtyping.install_import_hook(_checked_modules(), _CHECKER)
# A property is not wrong because the machine is busy.
hypothesis.settings.register_profile("impasto", deadline=None)
hypothesis.settings.load_profile("impasto")

# On cores that others use too, two threads wait for each other for most of the time: one here, and
# one in the programs that tests start.
torch.set_num_threads(1)
os.environ["OMP_NUM_THREADS"] = "1"

# A shell that starts the tests in the background has them ignore Ctrl-C, and nohup the end of the
# terminal; so would the programs they start. A handler is not inherited.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items):
    """Files with slow tests first: begun last, they would leave the other processes idle."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def isolated_home(tmp_path, monkeypatch):
    """Keep the user's imported weights out of every test, and every test out of them."""
    home = tmp_path / "impasto-home"
    monkeypatch.setenv("IMPASTO_HOME", str(home))
    return home


@pytest.fixture
def small_disk(tmp_path):
    """A real file system that is soon full: it has room for 64 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not (sys.platform == "linux" and shutil.which("mount")):
        pytest.skip("no small disk can be mounted here: this is no Linux")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no small disk can be mounted here: {made.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.fixture(autouse=True, scope="session")
def one_list_of_fonts(tmp_path_factory):
    """Matplotlib lists the fonts once, not in the home of every test whose program plots."""
    os.environ["MPLCONFIGDIR"] = str(tmp_path_factory.mktemp("matplotlib"))


@pytest.fixture(autouse=True, scope="session")
def plain_plots():
    """No test draws a plot, which takes longer than most trainings, but those of drawn_plots."""
    with _plots_by(_blank):
        yield


@pytest.fixture(scope="module")
def drawn_plots(plain_plots):
    """The tests of this file look at plots."""
    with _plots_by(_DRAWN):
        yield


@contextmanager
def _plots_by(save):
    with pytest.MonkeyPatch.context() as patch:
        for module in (overlay, plot):
            patch.setattr(module, "save", save)
        yield


def _blank(figure, path):
    size = [round(inches * plot.DPI) for inches in figure.get_size_inches()]
    with written_whole(path) as temporary:
        Image.new("RGB", size).save(temporary, "PNG")


def photograph_pixels(height, width):
    """A disc before a gradient: smooth, with one edge and few saturated colors."""
    y, x = np.mgrid[:height, :width] / max(height, width)
    disc = np.hypot(x - width / max(height, width) / 2, y - height / max(height, width) / 2) < 0.3
    pixels = np.stack([0.3 + 0.4 * x, 0.35 + 0.3 * y, 0.6 - 0.3 * x * y], axis=-1)
    pixels[disc] = pixels[disc][:, ::-1] * 0.8
    return pixels.astype(np.float32)


def style_pixels(height, width):
    """Slanted stripes of orange, blue and cream, with grain."""
    y, x = np.mgrid[:height, :width]
    palette = np.array([[0.85, 0.45, 0.15], [0.1, 0.2, 0.55], [0.9, 0.85, 0.7]])
    grain = np.random.default_rng(7).uniform(-0.08, 0.08, (height, width, 3))
    return (palette[(x + 2 * y) // 5 % 3] + grain).clip(0, 1).astype(np.float32)


def as_image(pixels):
    """(H, W, 3) as the image tensor (1, 3, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]


@pytest.fixture(scope="session")
def photograph():
    return as_image(photograph_pixels(48, 64))


@pytest.fixture(scope="session")
def style():
    return as_image(style_pixels(56, 50))


@pytest.fixture(scope="session")
def vgg16_weights():
    """Tensors and input convention of the bundled VGG-16, whatever the user has imported."""
    from impasto.weights import load, present

    return load(next(file for file in present() if file.where == "bundled"))


@pytest.fixture(scope="session")
def vgg16(vgg16_weights):
    """The bundled VGG-16 in float32 with every feature map."""
    from impasto.nn.vgg import VGG, conv_names

    tensors, convention = vgg16_weights
    return VGG("vgg16", tensors, conv_names("vgg16"), convention)


@pytest.fixture
def nearby(monkeypatch):
    """What the studio's other process does is done in a thread of this one."""
    from impasto.studio import worker
    from studio_parts import Nearby

    monkeypatch.setattr(worker, "started", Nearby)
