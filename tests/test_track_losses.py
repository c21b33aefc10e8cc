"""The table of losses, its plot, and how several listeners are combined."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from impasto.errors import RunError
from impasto.step import Step
from impasto.track import LossTable, follow, plot_losses, read_losses

pytestmark = pytest.mark.usefixtures("drawn_plots")


def step(number, of=10, **losses):
    named = {name.replace("__", "/"): value for name, value in losses.items()}
    return Step(number, of, named, lambda: torch.zeros(1, 3, 4, 4))


def ticking(seconds=0.25):
    """A clock that advances at every look."""
    return itertools.count(100.0, seconds).__next__


def test_follow_tells_each_listener_in_order():
    heard = []
    on_step = follow(*(lambda s, name=name: heard.append((name, s.number)) for name in "ab"))
    on_step(step(1, total=1.0))
    on_step(step(2, total=1.0))
    assert heard == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_importing_track_is_light():
    heavy = "{'torch', 'numpy', 'PIL', 'rich', 'matplotlib', 'av', 'tensorboard'}"
    code = f"import sys, impasto.track; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_table_has_exact_numbers(tmp_path):
    path = tmp_path / "losses.csv"
    table = LossTable(path, clock=ticking())
    table(step(1, total=0.1 + 0.2, style__relu1_1=1e-9))
    table(step(2, total=float("nan"), style__relu1_1=np.float64(2.5)))
    assert path.read_text() == (
        "step,seconds,total,style/relu1_1\n1,0.250,0.30000000000000004,1e-09\n2,0.500,nan,2.5\n"
    )


def test_a_loss_that_comes_later_gets_a_column_and_one_that_goes_a_gap(tmp_path):
    path = tmp_path / "losses.csv"
    table = LossTable(path, clock=ticking())
    table(step(1, total=3.0, content=1.0))
    table(step(2, total=2.0, pixel=0.5))
    assert path.read_text() == (
        "step,seconds,total,content,pixel\n1,0.250,3.0,1.0,\n2,0.500,2.0,,0.5\n"
    )
    columns = read_losses(path)
    assert columns["step"] == [1, 2]
    assert np.isnan(columns["content"][1])
    assert columns["pixel"][1] == 0.5


def test_resuming_drops_later_rows_and_counts_the_seconds_on(tmp_path):
    path = tmp_path / "losses.csv"
    path.write_text("step,seconds,total\n1,5.000,9.0\n2,10.000,8.0\n3,15.000,7.0\n4,20.0")
    table = LossTable(path, resume_from=2, clock=ticking())
    table(step(3, total=6.5))
    assert path.read_text() == "step,seconds,total\n1,5.000,9.0\n2,10.000,8.0\n3,10.250,6.5\n"


@pytest.mark.parametrize("rest", ["3,15.0", "3,15.000,7.", "3,15.000\n", "x\n", "3,1.0,7.0,8.0\n"])
def test_resuming_drops_a_row_that_is_not_whole(tmp_path, rest):
    path = tmp_path / "losses.csv"
    whole = "step,seconds,total\n1,5.000,9.0\n2,10.000,8.0\n"
    path.write_text(whole + rest)
    LossTable(path, resume_from=3)
    assert path.read_text() == whole


def test_a_new_run_starts_a_new_table(tmp_path):
    path = tmp_path / "losses.csv"
    path.write_text("step,seconds,total\n1,5.000,9.0\n")
    LossTable(path, clock=ticking())(step(1, total=4.0))
    assert path.read_text() == "step,seconds,total\n1,0.250,4.0\n"


@pytest.mark.parametrize("content", [b"name,price\nbread,2\n", b"\x89PNG\xff\xfe\n"])
def test_another_file_is_no_table(tmp_path, content):
    path = tmp_path / "losses.csv"
    path.write_bytes(content)
    with pytest.raises(RunError, match="not a table of losses"):
        LossTable(path, resume_from=1)
    assert path.read_bytes() == content


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(RunError, match=r"gone\.csv"):
        read_losses(tmp_path / "gone.csv")


def run_table(path, scale=1.0, steps=40):
    table = LossTable(path, clock=ticking())
    for number in range(1, steps + 1):
        style = scale * 1e4 / number**2
        losses = {"total": style + 9, "content": 9.0, "style": style, "style/relu1_1": style / 3}
        table(Step(number, steps, losses, lambda: torch.zeros(1, 3, 4, 4)))
    return path


def pixels(path):
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.size == (1200, 750)
        return np.asarray(image.convert("RGB")).astype(int)


def test_plot_shows_the_numbers_the_title_and_the_marks(tmp_path):
    plain, other, marked = (tmp_path / f"{name}.png" for name in ("plain", "other", "marked"))
    first = run_table(tmp_path / "a.csv")
    plot_losses(first, plain)
    plot_losses(run_table(tmp_path / "b.csv", scale=50.0), other)
    plot_losses(first, marked, title="a boat", marks=[(1, "128 px"), (20, "256 px")])
    shown = pixels(plain)
    assert np.abs(shown - pixels(other)).max() > 50
    assert np.abs(shown - pixels(marked)).max() > 50
    style_red, content_blue = (0xC8, 0x55, 0x3D), (0x1F, 0x6F, 0x8B)
    assert (np.abs(shown - style_red).max(-1) < 8).sum() > 500
    assert (np.abs(shown - content_blue).max(-1) < 8).sum() > 500


def test_the_same_table_gives_the_same_plot(tmp_path):
    table = run_table(tmp_path / "a.csv")
    plot_losses(table, tmp_path / "1.png")
    plot_losses(table, tmp_path / "2.png")
    assert (tmp_path / "1.png").read_bytes() == (tmp_path / "2.png").read_bytes()


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(["1,0.1,5.0,0.0"], id="one step, a loss of zero"),
        pytest.param(["1,0.1,nan,-1.0", "2,0.2,3.0,", "3,0.3,inf,2.0"], id="not finite, negative"),
        pytest.param(["1,0.1,nan,nan"], id="nothing finite"),
        pytest.param([f"{n},{n},{5 + n % 7},1e-3" for n in range(1, 2500)], id="a long training"),
    ],
)
def test_plot_takes_any_numbers(tmp_path, rows):
    table = tmp_path / "losses.csv"
    table.write_text("\n".join(["step,seconds,total,generator/photo", *rows, ""]))
    plot_losses(table, tmp_path / "plot.png", marks=[(2, "here")])
    assert pixels(tmp_path / "plot.png").std() > 1


def test_a_zero_leaves_a_gap_on_a_log_axis_and_a_mark_breaks_the_lines():
    from impasto.track.plot import _figure

    table = {"step": [1, 2, 3], "seconds": [0, 1, 2], "total": [100.0, 0.0, 1.0]}
    (axes,) = _figure(table, "", [(3, "256 px")]).axes
    line = axes.lines[0]
    assert axes.get_yscale() == "log"
    np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 3])
    np.testing.assert_array_equal(line.get_ydata(), [100, np.nan, np.nan, 1])


@pytest.mark.parametrize(
    ("total", "label"), [([4e7, 1.0], "loss (log scale)"), ([4e7, 3e7], "loss")]
)
def test_every_axis_is_named_and_writes_its_numbers_in_one_way(total, label):
    from impasto.track.plot import _figure

    (axes,) = _figure({"step": [1, 2], "seconds": [0, 1], "total": total}, "", []).axes
    axes.figure.draw_without_rendering()
    assert axes.get_ylabel() == label
    texts = {
        each.get_text(): value
        for each, value in zip(axes.get_yticklabels(), axes.get_yticks(), strict=True)
    }
    assert "4e7" in texts or "1e7" in texts
    assert all(float(text) == value for text, value in texts.items() if text)
    assert axes.yaxis.get_offset_text().get_text() == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.05, "0.05"),
        (1800.0, "1800"),
        (25000.0, "2.5e4"),
        (4e7, "4e7"),
        (-3e-7, "-3e-7"),
    ],
)
def test_a_number_at_an_axis(value, text):
    from impasto.track.plot import tick

    assert tick(value) == text


def test_a_long_run_shows_the_mean_over_the_values(tmp_path):
    from impasto.track.plot import _running_mean

    nan = float("nan")
    means = _running_mean([0.0, 3.0, 6.0, nan, 9.0], 3)
    np.testing.assert_allclose(means, [1.5, 3.0, 4.5, nan, 9.0])


def test_a_table_without_steps_cannot_be_plotted(tmp_path):
    LossTable(tmp_path / "losses.csv")
    with pytest.raises(RunError, match="no steps"):
        plot_losses(tmp_path / "losses.csv", tmp_path / "plot.png")
    assert not (tmp_path / "plot.png").exists()


def test_a_folder_in_place_of_a_table_is_an_error(tmp_path):
    with pytest.raises(RunError, match="cannot be read"):
        LossTable(tmp_path, resume_from=1)
