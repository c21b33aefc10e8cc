"""The pools of earlier pictures: how they fill, what they give, and that they go on exactly."""

import copy

import torch

from cyclegan_parts import bits
from impasto.methods.cyclegan.pool import ImagePool, RealPool


def picture(number):
    return torch.full((1, 3, 2, 2), float(number))


def given(pool, numbers):
    return [int(pool.exchanged(picture(number))[0, 0, 0, 0]) for number in numbers]


def kept(pool):
    return [int(each[0, 0, 0]) for each in pool.images]


def test_it_gives_what_comes_until_it_is_full():
    pool = ImagePool(5, 0)
    assert given(pool, range(5)) == list(range(5))
    assert kept(pool) == list(range(5))


def test_then_every_other_picture_is_an_old_one_whose_place_the_new_one_takes():
    pool, count = ImagePool(50, 1), 4000
    given(pool, range(50))
    old, replaced, before = 0, torch.zeros(50), kept(pool)
    for number in range(50, 50 + count):
        [got] = given(pool, [number])
        after = kept(pool)
        places = [place for place in range(50) if after[place] != before[place]]
        if got == number:
            assert not places, "a picture was kept and given"
        else:
            assert [before[place] for place in places] == [got]
            assert after[places[0]] == number
            old += 1
            replaced[places[0]] += 1
        before = after
    # Within four standard deviations of one half, and of the same chance for every place.
    assert abs(old - count / 2) < 4 * (count / 4) ** 0.5
    expected = old / 50
    assert (replaced - expected).abs().max() < 4.5 * expected**0.5


def test_one_of_no_size_gives_everything_back():
    pool = ImagePool(0, 0)
    assert given(pool, range(9)) == list(range(9))
    assert kept(pool) == []


def test_each_picture_of_a_batch_has_its_own_chance():
    whole, single = ImagePool(3, 7), ImagePool(3, 7)
    batch = torch.cat([picture(number) for number in range(20)])
    assert whole.exchanged(batch)[:, 0, 0, 0].int().tolist() == given(single, range(20))


def test_it_holds_copies_without_gradients():
    pool = ImagePool(2, 0)
    image = torch.zeros(1, 3, 2, 2, requires_grad=True)
    got = pool.exchanged(image * 2)
    assert not got.requires_grad
    batch = torch.zeros(2, 3, 2, 2)
    pool.exchanged(batch)
    batch += 1
    assert not any(float(each.sum()) for each in pool.images)
    assert all(each.untyped_storage().nbytes() == 3 * 4 * 4 for each in pool.images)


def test_it_goes_on_exactly_from_a_state_and_leaves_other_chance_alone():
    first, second = ImagePool(4, 3), ImagePool(4, 99)
    given(first, range(10))
    state = copy.deepcopy(first.state_dict())
    torch.manual_seed(5)
    undisturbed = torch.rand(())
    second.load_state_dict(state, torch.device("cpu"))
    torch.manual_seed(5)
    assert given(second, range(10, 60)) == given(first, range(10, 60))
    assert torch.equal(torch.rand(()), undisturbed)
    assert bits(first.state_dict()) == bits(second.state_dict())
    assert bits(state) != bits(first.state_dict())


def test_the_seed_decides():
    outcomes = [given(ImagePool(4, seed), range(40)) for seed in (1, 1, 2)]
    assert outcomes[0] == outcomes[1] != outcomes[2]


def filled(numbers, size=4):
    pool = RealPool(size)
    for number in numbers:
        pool.keep(picture(number), torch.tensor([[float(number), -number / 10]]))
    return pool


def found(pool, vectors):
    return [int(each[0, 0, 0]) for each in pool.nearest(vectors)]


def test_real_pictures_match_by_their_place_within_their_own_set():
    bright, dark = filled([60, 70, 80, 90]), filled([1, 2, 3, 4])
    seen = bright.standardized(torch.tensor([[60.0, -6.0], [81.0, -8.1]]))
    assert found(dark, seen) == [1, 3]


def test_the_oldest_real_pictures_leave():
    pool = filled([7, 1, 2, 3, 4])
    assert found(pool, pool.standardized(torch.tensor([[7.0, -0.7]]))) == [4]


def test_a_single_real_picture_is_found_by_any_vector():
    pool = filled([5])
    assert found(pool, pool.standardized(torch.tensor([[3.0, 9.0]]))) == [5]


def test_a_state_of_real_pictures_is_loaded_whole():
    pool, again = filled([1, 2, 3]), filled([8, 9])
    again.load_state_dict(pool.state_dict(), torch.device("cpu"))
    assert bits(again.state_dict()) == bits(pool.state_dict())
