"""``impasto tfrecord``: what it writes, what it tells, what it leaves behind."""

import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from cli_pictures import listing
from dataset_files import course, example, flat, framed, write_flat, write_noise
from impasto.commands.main import run
from impasto.dataset import writing as writing_module
from impasto.dataset.choosing import limited
from impasto.dataset.example import from_bytes
from impasto.dataset.framing import read_record, records_of
from impasto.dataset.pictures import FolderPictures, open_pictures
from impasto.errors import ImpastoError, OptionError, PictureError
from test_image_profile import P3, curve, matrix_profile


@pytest.fixture
def at(tmp_path, monkeypatch):
    """A folder to work in, with two classes of pictures in photos/."""
    monkeypatch.chdir(tmp_path)
    for number in range(3):
        write_noise(tmp_path / "photos" / "cat" / f"{number}.jpg", 40, 60, seed=number, quality=80)
    for number in range(2):
        write_noise(tmp_path / "photos" / "dog" / f"{number}.png", 50, 30, seed=9 + number)
    return tmp_path


def tfrecord(*arguments):
    return run(["tfrecord", *map(str, arguments)])


def records(path):
    found = records_of(path)
    assert found.lost == ""
    places = zip(found.offsets.tolist(), found.lengths.tolist(), strict=True)
    return [from_bytes(read_record(path, *place, "it"), "it") for place in places]


def refused(words, *arguments, kind=ImpastoError):
    with pytest.raises(kind) as caught:
        tfrecord(*arguments)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def alike(pixels, others):
    """Whether two pictures differ by no more than a JPEG does."""
    return np.abs(pixels.astype(int) - np.asarray(others)).mean() < 5


def test_jpeg_files_go_in_untouched(at, capsys):
    assert tfrecord("write", "photos", "out.tfrecord") == 0
    said = capsys.readouterr()
    assert said.out.startswith("out.tfrecord: 5 pictures, ")
    assert said.out.endswith("kB, 3 JPEG files as they were\n")
    assert said.err == ""
    written = records(at / "out.tfrecord")
    assert [record.label for record in written] == [0, 0, 0, 1, 1]
    assert [record.shape for record in written] == [(40, 60, 3)] * 3 + [(50, 30, 3)] * 2
    for number in range(3):
        assert written[number].image == (at / "photos" / "cat" / f"{number}.jpg").read_bytes()
    folder, ours = FolderPictures(at / "photos"), open_pictures(at / "out.tfrecord")
    for index in range(5):
        assert alike(ours.read(index), folder.read(index))
        assert ours.label(index) == folder.label(index)
    assert listing(at)[0] == "out.tfrecord"


def test_raw_is_the_pixels(at):
    tfrecord("write", "photos", "out.tfrecord", "--encoding", "raw")
    folder = FolderPictures(at / "photos")
    for index, record in enumerate(records(at / "out.tfrecord")):
        pixels = folder.read(index)
        assert record.shape == pixels.shape
        assert record.image == pixels.tobytes()


@pytest.mark.parametrize("encoding", ["jpeg", "raw"])
def test_size_is_that_of_the_shorter_side(at, encoding):
    write_noise(at / "photos" / "dog" / "small.jpg", 10, 12)
    tfrecord("write", "photos", "out.tfrecord", "--size", "20", "--encoding", encoding)
    sizes = [record.shape for record in records(at / "out.tfrecord")]
    assert sizes == [(20, 30, 3)] * 3 + [(33, 20, 3)] * 2 + [(10, 12, 3)]
    pictures = open_pictures(at / "out.tfrecord")
    assert [pictures.read(index).shape for index in range(6)] == sizes
    whole = Image.open(at / "photos" / "dog" / "0.png").resize((20, 33), Image.Resampling.LANCZOS)
    assert alike(pictures.read(3), whole)
    small = (at / "photos" / "dog" / "small.jpg").read_bytes()
    assert (records(at / "out.tfrecord")[5].image == small) == (encoding == "jpeg")


def test_quality(at):
    sizes = []
    for quality in (30, 95):
        tfrecord(
            "write", "photos", "out.tfrecord", "--size", "24", "--quality", quality, "--overwrite"
        )
        sizes.append((at / "out.tfrecord").stat().st_size)
    assert sizes[0] < 0.8 * sizes[1]


def test_what_others_would_read_wrongly_is_encoded_anew(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blobs = write_noise(tmp_path / "blobs.png", 24, 36)
    turned = Image.Exif()
    turned[0x0112] = 6
    image = Image.open(blobs)
    wide = matrix_profile(P3, curve(1.8))
    (tmp_path / "in").mkdir()
    image.save("in/0-plain.jpg", quality=95)
    image.save("in/1-turned.jpg", quality=95, exif=turned)
    image.convert("L").save("in/2-gray.jpg", quality=95)
    image.convert("CMYK").save("in/3-inks.jpg", quality=95)
    image.save("in/4-wide.jpg", quality=95, icc_profile=wide)
    image.save("in/5-no-jpeg.jpg", format="PNG")
    tfrecord("write", "in", "out.tfrecord")
    assert "6 pictures" in capsys.readouterr().out
    folder, ours = FolderPictures(tmp_path / "in"), open_pictures(tmp_path / "out.tfrecord")
    for index, record in enumerate(records(tmp_path / "out.tfrecord")):
        untouched = record.image == folder.path(index).read_bytes()
        assert untouched == (index == 0)
        stored = Image.open(io.BytesIO(record.image))
        assert (stored.mode, stored.getexif().get(0x0112, 1)) == ("RGB", 1)
        assert (stored.height, stored.width, 3) == record.shape
        assert "icc_profile" not in stored.info
        assert alike(ours.read(index), folder.read(index))
    assert ours.read(1).shape == (36, 24, 3)


def test_shards_share_every_class(at, capsys):
    tfrecord("write", "photos", "sub/out.tfrecord", "--shards", "2", "--json")
    told = json.loads(capsys.readouterr().out)
    names = [f"sub/out-0000{number}-of-00002.tfrecord" for number in range(2)]
    assert told["files"] == [str(Path(name)) for name in names]
    assert (told["records"], told["untouched"], told["skipped"]) == (5, 3, [])
    assert told["bytes"] == sum((at / name).stat().st_size for name in names)
    assert sorted(listing(at / "sub")) == [name.removeprefix("sub/") for name in names]
    first, second = (records(at / name) for name in names)
    assert [record.label for record in first] == [0, 0, 1]
    assert [record.label for record in second] == [0, 1]
    assert len(open_pictures(at / "sub")) == 5


def test_a_limit_writes_the_pictures_that_a_training_would_take(at, capsys):
    tfrecord("write", "photos", "out.tfrecord", "--limit", 2, "--json")
    assert json.loads(capsys.readouterr().out)["records"] == 2
    whole = FolderPictures(at / "photos")
    wanted = limited(whole, 2)
    written = open_pictures("out.tfrecord")
    assert [written.label(index) for index in range(2)] == [whole.label(each) for each in wanted]
    for index, each in enumerate(wanted):
        assert alike(written.read(index), whole.read(each))
    tfrecord("write", "photos", "all.tfrecord", "--limit", 9)
    assert len(open_pictures("all.tfrecord")) == 5
    refused("limit: expected 0 or more, got -1", "write", "photos", "o.tfrecord", "--limit", -1)


def test_broken_pictures_are_named_and_left_out(at, capsys):
    (at / "photos" / "cat" / "a.png").write_bytes(b"a letter")
    cut = at / "photos" / "dog" / "z.jpg"
    write_noise(cut, 64, 64)
    cut.write_bytes(cut.read_bytes()[:-200])
    assert tfrecord("write", "photos", "out.tfrecord") == 0
    said = capsys.readouterr()
    assert ", 2 broken ones skipped\n" in said.out
    lines = said.err.splitlines()
    assert lines[0].startswith(f"skipped {Path('cat', 'a.png')}: is damaged or no picture")
    assert lines[1].startswith(f"skipped {Path('dog', 'z.jpg')}: is cut off or damaged")
    assert len(lines) == 2
    assert [record.label for record in records(at / "out.tfrecord")] == [0, 0, 0, 1, 1]


def test_nothing_readable_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "in" / name).write_bytes(b"a letter")
    expected = "in: none of 2 pictures can be read (a.png: is damaged"
    refused(expected, "write", "in", "out.tfrecord", kind=PictureError)
    assert listing(tmp_path) == ["in", "in/a.png", "in/b.png"]


def test_what_is_there_is_kept_unless_told(at):
    (at / "out.tfrecord").write_bytes(b"precious")
    refused("out.tfrecord already exists", "write", "photos", "out.tfrecord")
    assert (at / "out.tfrecord").read_bytes() == b"precious"
    refused("out.tfrecord: is of another set", "write", "photos", "out.tfrecord", "--shards", 2)
    tfrecord("write", "photos", "out.tfrecord", "--overwrite")
    assert len(open_pictures(at / "out.tfrecord")) == 5
    tfrecord("write", "photos", "s/out.tfrecord", "--shards", 3)
    expected = "out-00000-of-00003.tfrecord: is of another set"
    refused(expected, "write", "photos", "s/out.tfrecord", "--shards", 2, "--overwrite")
    refused(expected, "write", "photos", "s/out.tfrecord", "--overwrite")
    tfrecord("write", "photos", "s/out.tfrecord", "--shards", 3, "--overwrite")
    tfrecord("write", "photos", "s/out-2.tfrecord")  # not a shard, in spite of its name
    tfrecord("write", "photos", "s/out.b.tfrecord")


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("OUT: expected the name of a file that ends in .tfrecord", ("photos", "out.zip")),
        ("OUT: expected the name of a file that ends in .tfrecord", ("photos", "d.tfrecord")),
        ("shards: expected at most one per picture, 5", ("photos", "o.tfrecord", "--shards", 6)),
        ("shards: expected 1 to", ("photos", "o.tfrecord", "--shards", 0)),
        ("size: expected 0 or more", ("photos", "o.tfrecord", "--size", -1)),
        ("quality: expected 1 to 100", ("photos", "o.tfrecord", "--quality", 0)),
    ],
)
def test_options_that_cannot_be(at, words, arguments):
    (at / "d.tfrecord").mkdir()
    refused(words, "write", *arguments, kind=OptionError)


def test_folders_that_cannot_be(at):
    refused("nowhere: no such folder", "write", "nowhere", "o.tfrecord", kind=PictureError)
    (at / "empty").mkdir()
    refused("empty: holds no pictures", "write", "empty", "o.tfrecord", kind=PictureError)
    write_flat(at / "file.png", 0)
    refused("cannot be written", "write", "photos", "file.png/o.tfrecord")
    refused("cannot be written", "write", "photos", f"{'x' * 300}.tfrecord")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_leaves_nothing_behind(at, monkeypatch):
    before = listing(at)
    written = []

    def interrupted(file, data):
        written.append(data)
        if len(written) == 3:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(writing_module, "write_record", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tfrecord("write", "photos", "out.tfrecord", "--shards", 2)
    assert len(written) == 3
    assert listing(at) == before


def test_a_full_disk_is_told(at, monkeypatch):
    before = listing(at)

    def full(_file, _data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing_module, "write_record", full)
    refused("out.tfrecord: cannot be written (No space left", "write", "photos", "out.tfrecord")
    assert listing(at) == before


PIXELS = flat(7, 10, 20)
GOOD = framed(course(PIXELS, 3))


def test_inspect_tells_what_is_in_a_file(at, capsys):
    jpeg = (at / "photos" / "cat" / "0.jpg").read_bytes()
    png = (at / "photos" / "dog" / "0.png").read_bytes()
    flipped = GOOD[:50] + b"\xff" + GOOD[51:]
    parts = [GOOD, framed(b"\xff\xff"), framed(example(image=jpeg, label=1)), flipped,
             framed(example(image__encoded=png)), GOOD[:9]]  # fmt: skip
    path = at / "a.tfrecord"
    path.write_bytes(b"".join(parts))
    starts = np.cumsum([0, *map(len, parts)]).tolist()
    assert tfrecord("inspect", path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{path}: 5 records, ")
    assert lines[1:] == [
        "  encoding  raw: 1, jpeg: 1, png: 1",
        "  width     20 to 60, median 30",
        "  height    10 to 50, median 40",
        "  label     0: 1, 1: 1, 3: 1",
        "  broken    2",
        f"    at byte {starts[1]}: holds no tf.train.Example",
        f"    at byte {starts[3]}: is damaged, the checksum of its data is wrong",
        f"  lost      the checksum of a length is missing at byte {starts[5]}, 9 bytes are lost",
    ]
    assert tfrecord("inspect", path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "path": str(path),
        "bytes": starts[-1],
        "records": 5,
        "encodings": {"raw": 1, "jpeg": 1, "png": 1},
        "width": {"min": 20, "median": 30, "max": 60},
        "height": {"min": 10, "median": 40, "max": 50},
        "labels": {"0": 1, "1": 1, "3": 1},
        "broken": [
            {"offset": starts[1], "reason": "holds no tf.train.Example"},
            {"offset": starts[3], "reason": "is damaged, the checksum of its data is wrong"},
        ],
        "lost": f"the checksum of a length is missing at byte {starts[5]}, 9 bytes are lost",
    }


def test_inspect_finds_pictures_that_are_cut_off(at, capsys):
    jpeg = write_noise(at / "large.jpg", 200, 300, quality=60).read_bytes()
    (at / "a.tfrecord").write_bytes(framed(example(image=jpeg[: len(jpeg) // 2])) + GOOD)
    tfrecord("inspect", "a.tfrecord", "--json")
    told = json.loads(capsys.readouterr().out)
    [broken] = told["broken"]
    assert broken["offset"] == 0
    assert "is cut off or damaged" in broken["reason"]
    assert told["encodings"] == {"raw": 1}


def test_inspect_goes_on_after_a_file_that_is_none(at, capsys):
    (at / "good.tfrecord").write_bytes(GOOD)
    (at / "empty.tfrecord").write_bytes(b"")
    (at / "letter.txt").write_text("a letter to a friend")
    files = ("letter.txt", "gone.tfrecord", "good.tfrecord", "empty.tfrecord", "nothing-*")
    assert tfrecord("inspect", *files, "--json") == 2
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "impasto: letter.txt: is no TFRecord file",
        "impasto: gone.tfrecord: no such file or folder",
        "impasto: nothing-*: no file matches",
    ]
    found = [json.loads(line) for line in said.out.splitlines()]
    assert [(each["path"], each["records"]) for each in found] == [
        ("good.tfrecord", 1),
        ("empty.tfrecord", 0),
    ]
    assert found[1]["width"] is None


def test_inspect_takes_folders_and_patterns(at, capsys):
    tfrecord("write", "photos", "s/out.tfrecord", "--shards", 3)
    capsys.readouterr()
    for given in ("s", "s/out-*"):
        assert tfrecord("inspect", given, "--json") == 0
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [each["records"] for each in found] == [2, 2, 1]


def test_many_labels_are_not_all_listed(at, capsys):
    (at / "a.tfrecord").write_bytes(b"".join(framed(course(flat(0), each)) for each in range(25)))
    tfrecord("inspect", "a.tfrecord")
    [line] = [each for each in capsys.readouterr().out.splitlines() if "label" in each]
    assert line.endswith(" 18: 1, 19: 1, and 5 more")
    tfrecord("inspect", "a.tfrecord", "--json")
    assert len(json.loads(capsys.readouterr().out)["labels"]) == 25


def test_help_waits_for_nothing(tmp_path):
    for arguments in ([], ["--help"], ["write", "--help"], ["inspect", "--help"]):
        code = (
            "import sys\nfrom impasto.commands.main import run\n"
            f"run({['tfrecord', *arguments]})\n"
            "heavy = {'torch', 'numpy', 'PIL', 'google', 'google_crc32c', 'rich'}\n"
            "print('loaded:', heavy & {name.split('.')[0] for name in sys.modules})"
        )
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert "usage: impasto tfrecord" in done.stdout
        assert done.stdout.splitlines()[-1] == "loaded: set()"


def test_writing_and_inspecting_do_without_torch(at):
    code = (
        "import sys\nfrom impasto.commands.main import run\n"
        "run(['tfrecord', 'write', 'photos', 'out.tfrecord'])\n"
        "run(['tfrecord', 'inspect', 'out.tfrecord'])\n"
        "print('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=at, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_an_unknown_subcommand():
    refused("no command 'impasto tfrecord wirte': did you mean write?", "wirte")


def test_raw_pixels_stay_exact_through_the_reader(at):
    tfrecord("write", "photos", "out.tfrecord", "--encoding", "raw")
    folder, ours = FolderPictures(at / "photos"), open_pictures(at / "out.tfrecord")
    for index in range(5):
        assert_array_equal(ours.read(index), folder.read(index))
