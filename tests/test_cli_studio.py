"""``impasto studio`` as it is typed."""

import importlib.util

import pytest

from cli_pictures import impasto


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "70000"], "--port: expected a number from 0 to 65535, got 70000"),
        (["--user", "anna"], "--user and --password: give one password for each user"),
        (
            ["--user", "anna", "anna", "--password", "a", "b"],
            "--user and --password: give one password for each user",
        ),
        (["--user", "anna", "--password", ""], "--user and --password: give no empty ones"),
        (
            ["--host", "0.0.0.0"],
            "--host 0.0.0.0 lets others in: give --user and --password, or --allow",
        ),
    ],
)
def test_mistakes_are_one_line(arguments, told, tmp_path):
    outcome = impasto("studio", *arguments, at=tmp_path)
    assert (outcome.code, outcome.err) == (2, f"impasto: {told}\n")
    assert not (tmp_path / "impasto-studio").exists()


def test_without_starlette_it_says_what_brings_it(monkeypatch, tmp_path):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *a: None if name == "starlette" else found(name, *a),
    )
    outcome = impasto("studio", at=tmp_path)
    assert outcome.code == 2
    assert outcome.err == "impasto: impasto studio needs an extra: pip install 'impasto[studio]'\n"
