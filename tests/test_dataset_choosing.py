"""Which pictures are trained on and which validate: how many, which, and never the same."""

import pickle

import pytest

from dataset_files import write_noise
from impasto.dataset.choosing import held_out_of, limited, picture_set
from impasto.dataset.pictures import open_pictures
from impasto.errors import PictureError
from impasto.options.training import TrainOptions


@pytest.fixture
def photos(tmp_path):
    """Pictures by number, in two classes; none is opened."""

    def folder(count, name="photos"):
        for number in range(count):
            place = tmp_path / name / ("ab"[number % 2]) / f"{number:03d}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        return tmp_path / name

    return folder


def names(pictures):
    return [pictures.name(index) for index in range(len(pictures))]


def chosen(path, validation=None, **options):
    return picture_set(path, validation, TrainOptions(**options), few=5, tell=True)


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [(79, 0.02, 0), (80, 0.02, 8), (500, 0.02, 10), (2743, 0.02, 55), (80_000, 0.02, 64),
     (80_000, 0.0, 0), (200, 0.1, 20), (0, 0.02, 0)],
)  # fmt: skip
def test_two_percent_within_eight_and_sixty_four_and_nothing_of_small_sets(count, share, expected):
    assert held_out_of(count, share) == expected


def test_held_out_pictures_are_not_trained_on_and_the_same_every_time(photos):
    first, again = (chosen(photos(100), seed=seed) for seed in (0, 1))
    held, kept = names(first.validation), names(first.training)
    assert (len(held), len(kept), first.source) == (8, 92, "held out")
    assert first.count == 8
    assert sorted(held + kept) == names(open_pictures(photos(100)))
    assert {name[0] for name in held} == {"a", "b"}, "spread over the classes"
    assert names(again.validation) == held
    # Ten more pictures: what was trained on may be held out, but hardly anything changes.
    assert len({*held} - {*names(chosen(photos(110)).validation)}) <= 2


def test_too_few_to_spare_validate_on_what_is_trained_on_and_that_is_said(photos, caplog):
    found = chosen(photos(79))
    assert names(found.training) == names(found.validation) == names(open_pictures(photos(79)))
    assert (found.count, found.source) == (5, "training")
    assert "79 pictures are too few to hold any out (80 are enough)" in caplog.text
    caplog.clear()
    assert chosen(photos(100), hold_out=0.0).source == "training"
    assert caplog.text == "", "as asked for"


def test_given_pictures_validate_and_none_is_held_out(photos):
    found = chosen(photos(100), photos(70, "others"))
    assert (len(found.training), found.count, found.source) == (100, 64, "given")
    assert names(found.validation) == names(open_pictures(photos(70, "others")))
    with pytest.raises(PictureError, match="none: no such file or folder"):
        chosen(photos(100), photos(1).parent / "none")


def test_a_limit_takes_the_same_pictures_each_time_and_more_of_them_with_a_higher_one(photos):
    whole = open_pictures(photos(100))
    few, more = ({*limited(whole, limit)} for limit in (10, 30))
    assert (len(few), len(more)) == (10, 30)
    assert few < more
    assert few != {*range(10)}
    assert limited(whole, 0) == limited(whole, 100) == limited(whole, 500) == [*range(100)]
    found = chosen(photos(100), limit=90)
    assert len(found.training) + len(found.validation) == 90


def test_chosen_pictures_are_those_of_the_set_and_can_be_sent_to_other_processes(tmp_path):
    for number in range(4):
        write_noise(tmp_path / ("ab"[number % 2]) / f"{number}.png", 6, 5, seed=number)
    whole = open_pictures(tmp_path)
    part = pickle.loads(pickle.dumps(chosen(tmp_path, limit=2).training))
    for index, number in enumerate(limited(whole, 2)):
        assert part.name(index) == whole.name(number)
        assert part.label(index) == whole.label(number)
        assert (part.read(index) == whole.read(number)).all()
