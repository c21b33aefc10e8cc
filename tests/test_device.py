"""How much memory may be taken: limits of control groups and of the process count."""

import subprocess
import sys

import psutil
import pytest

from impasto import device
from impasto.errors import MemoryEstimateError

MB = 1_000_000
UNLIMITED = 9223372036854771712


def group(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"memory.{name}").write_text(f"{text}\n")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty system; tells which groups the process is in."""
    monkeypatch.setattr(device, "_GROUPS", tmp_path)
    monkeypatch.setattr(device, "_MEMBERSHIP", tmp_path / "self")
    monkeypatch.setattr(device, "_of_process", lambda: ())
    return lambda *lines: (tmp_path / "self").write_text("\n".join(lines))


def test_where_there_are_no_groups_what_is_free_counts(place):
    assert 0 < device.free_memory() <= psutil.virtual_memory().total == device.whole_memory()


def test_second_version(place, tmp_path):
    place("0::/job/part")
    stat = f"anon {50 * MB}\ninactive_file {20 * MB}\nactive_file {10 * MB}"
    group(tmp_path / "job", max=200 * MB, high="max", current=80 * MB, stat=stat)
    group(tmp_path / "job/part", max="max", current=MB, stat="")
    assert (device.free_memory(), device.whole_memory()) == (150 * MB, 200 * MB)
    group(tmp_path / "job/part", high=3 * MB)
    assert device.free_memory() == 2 * MB
    group(tmp_path / "job/part", current=9 * MB)
    assert device.free_memory() == 0


def test_first_version_in_a_container_that_has_another_name_outside(place, tmp_path):
    place("5:devices:/x", "4:cpu,memory:/docker/1f2e", "0::/")
    stat = f"inactive_file {MB}\ntotal_inactive_file {5 * MB}\ntotal_active_file 0"
    group(tmp_path / "memory", limit_in_bytes=60 * MB, usage_in_bytes=40 * MB, stat=stat)
    assert device.free_memory() == 25 * MB
    group(tmp_path / "memory", limit_in_bytes=UNLIMITED)
    assert device.free_memory() > 60 * MB


def test_too_much_is_refused_with_numbers_and_a_way_out(place, tmp_path):
    place("0::/")
    group(tmp_path, max=1500 * MB, current=0, stat="")
    device.check_memory(1500 * MB, "a.png", "close other programs")
    with pytest.raises(MemoryEstimateError) as caught:
        device.check_memory(2600 * MB, "a.png: reading it", "give --size")
    message = "a.png: reading it needs about 2.6 GB of memory and 1.5 GB are free: give --size"
    assert str(caught.value) == message


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits that only Linux keeps")
@pytest.mark.parametrize("kind", ["RLIMIT_AS", "RLIMIT_DATA"])
def test_limits_of_the_process(kind):
    code = (
        "import resource\nfrom impasto import device\n"
        f"resource.setrlimit(resource.{kind}, (10**9, 10**9))\n"
        "free = device.free_memory()\nprint(free, device.whole_memory())\n"
        "try: bytearray(free + 10**8)\nexcept MemoryError: print('none')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    free, whole, none = run.stdout.split()
    assert 10**8 < int(free) < int(whole) == 10**9
    assert none == "none", "the limit is a real one"
