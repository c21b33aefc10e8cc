"""From positions of a stream to batches: whose share, in what order, and what breaks."""

from itertools import islice

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from impasto.errors import OptionError, PictureError, RunError
from impasto.training.feed import Feed, Share, check_split, to_image
from impasto.training.processes import Processes
from training_parts import Alone, Noise, Unreadable, begin, material, options

HERE = Processes("cpu", "fp32")


@given(size=st.integers(1, 4), passes=st.integers(1, 3), count=st.integers(1, 3),
       start=st.integers(0, 1000))  # fmt: skip
def test_all_shares_together_are_each_batch_once(size, passes, count, start):
    batch = size * passes * count
    shares = [Share(start, batch, passes, index, count) for index in range(count)]
    for update in range(start, start + 2):
        taken = [
            positions
            for share in shares
            for positions in islice(share, (update - start) * passes, (update - start + 1) * passes)
        ]
        assert {len(positions) for positions in taken} == {size}
        flat = sorted(position for positions in taken for position in positions)
        assert flat == list(range(update * batch, (update + 1) * batch))


def test_a_share_from_the_middle_goes_on_where_it_was():
    whole = [list(islice(Share(0, 6, 3, 0, 1), 12))[6:], list(islice(Share(2, 6, 3, 0, 1), 6))]
    assert whole[0] == whole[1]


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_hold_all_streams_at_the_same_positions(workers):
    streams = {"content": Noise(10), "style": Noise(7, seed=5)}
    feed = Feed(streams, options(batch=4, accumulate=2, workers=workers), HERE, start=3)
    for update in (3, 4, 5):
        for passed, batch in enumerate(feed.batches()):
            positions = [4 * update + 2 * passed, 4 * update + 2 * passed + 1]
            assert batch["position"].tolist() == positions
            for name, stream in streams.items():
                expected = torch.stack([stream[position].image for position in positions])
                assert batch[name].dtype is torch.uint8
                assert torch.equal(batch[name], expected)
    feed.close()


def test_reading_does_not_move_the_training_s_chance():
    torch.manual_seed(5)
    state = torch.get_rng_state()
    feed = Feed({"content": Noise()}, options(workers=1), HERE, 0)
    feed.batches()
    feed.close()
    assert torch.equal(torch.get_rng_state(), state)


def test_bytes_become_images():
    pixels = torch.tensor([0, 51, 255], dtype=torch.uint8)
    assert to_image(pixels).tolist() == pytest.approx([0, 0.2, 1])
    image = torch.rand(3)
    assert to_image(image) is image


@pytest.mark.parametrize("workers", [0, 1])
def test_broken_pictures_are_named_once(workers):
    streams = {"content": Noise(10, broken=(1, 4)), "style": Noise(7)}
    training = begin(Alone(), options(steps=20, workers=workers), material(**streams))
    training.advance()
    assert training.skipped == {"1.jpg": "truncated"}
    for _ in range(19):
        training.advance()
    assert training.skipped == {"1.jpg": "truncated", "4.jpg": "truncated"}
    training.close()


@pytest.mark.parametrize("workers", [0, 1])
def test_no_picture_at_all_is_one_line(workers):
    training = begin(Alone(), options(workers=workers), material(content=Unreadable()))
    with pytest.raises(PictureError, match=r"^none of 10 pictures can be read: 0.jpg: truncated$"):
        training.advance()
    training.close()


def test_an_empty_stream_is_refused():
    with pytest.raises(RunError, match="style: no pictures to train on"):
        begin(Alone(), what=material(content=Noise(3), style=Noise(0)))


def test_a_batch_must_split_over_the_processes():
    class Three:
        count = 3

    check_split(options(batch=12, accumulate=2), Three())
    message = r"batch: expected a multiple of 6 \(accumulate 2 x processes 3\), got 8"
    with pytest.raises(OptionError, match=message):
        check_split(options(batch=8, accumulate=2), Three())
