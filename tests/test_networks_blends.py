"""Styles and their shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.errors import OptionError
from impasto.networks.blends import normalized, parsed, written

NAMES = ("wave", "night", "scream")
_SHARES = st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1e6), min_size=1)


def test_texts():
    assert parsed("wave") == {"wave": 1.0}
    assert parsed("wave:0.6, night : .4") == {"wave": 0.6, "night": 0.4}


@given(_SHARES)
def test_a_written_blend_is_read_exactly(shares):
    assert parsed(written(shares)) == shares


@given(_SHARES.filter(lambda shares: sum(shares.values()) > 1e-3))
def test_shares_sum_to_one_in_the_order_of_the_network(shares):
    found = normalized(shares, NAMES)
    assert sum(found.values()) == pytest.approx(1)
    assert list(found) == [name for name in NAMES if shares.get(name)]
    for name in found:
        assert found[name] * sum(shares.values()) == pytest.approx(shares[name])


def test_a_text_that_is_no_blend():
    for text in ("", "wave:", "wave:x", ":1", "wave,,night", "wave:1,wave:2"):
        with pytest.raises(OptionError, match=r"^style_weights: expected a style, or a blend as "):
            parsed(text)


def test_shares_that_cannot_be():
    cases = [
        ({"wav": 1.0}, r"expected one of wave, night, scream \(did you mean wave\?\), got 'wav'"),
        ({"zzz": 1.0}, "expected one of wave, night, scream, got 'zzz'"),
        ({"wave": -0.5}, "expected a share from 0 for wave, got -0.5"),
        ({"wave": float("nan")}, "expected a share from 0 for wave, got nan"),
        ({"wave": 0.0}, "expected a share above 0 for at least one style"),
    ]
    for shares, message in cases:
        with pytest.raises(OptionError, match=message):
            normalized(shares, NAMES)
