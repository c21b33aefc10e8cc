"""Run every command and Python snippet in README and docs/.

Each command is first parsed as written, then run with few steps on small pictures
(docs_commands.FAST). docs_lines.ONLY_READ and NOT_OURS list the commands that are not run, and why.
"""

import re
import tomllib
from contextlib import chdir

import pytest

from cli_pictures import one_thread
from docs_commands import options_of, quick, read, run
from docs_desk import MADE_BY, lay
from docs_lines import NOT_OURS, ONLY_READ, Line, lines, matching
from docs_pages import PAGES, ROOT, blocks, named, prose
from impasto.commands.table import COMMANDS, Group

LANGUAGES = {"", "bash", "python", "text"}

SUBCOMMANDS = {name: [*each.commands] for name, each in COMMANDS.items() if isinstance(each, Group)}

OF_SCRIPTS = {
    "--write",
    "--paper",
    "--only",
    "--plot",
    "--replay",
    "--repository",
}
"""Options of scripts/bench, of the report's scripts and of tools that the text names."""

OTHERS_SERVER = "import httpx"

TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}


def commands(page):
    return [
        line
        for block in blocks(TEXTS[page])
        if block.language in ("", "bash")
        for line in lines(block.text, block.line)
    ]


def snippets(page):
    return [block for block in blocks(TEXTS[page]) if block.language == "python"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """The reader's folder, and the commands already run in it."""
    return tmp_path_factory.mktemp("desk"), set()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_blocks_have_a_language_that_is_run(page):
    for block in blocks(TEXTS[page]):
        assert block.language in LANGUAGES, f"line {block.line}"
        assert block.language != "text" or "impasto " not in block.text, f"line {block.line}"


@pytest.mark.parametrize("page", [*filter(commands, PAGES)], ids=named)
def test_commands_are_read_by_the_parser(page, tmp_path):
    wrong = []
    for line in commands(page):
        if line.words and line.words[0] == "impasto":
            if error := read(line.words, tmp_path):
                wrong.append((line.number, line.text, error))
        elif not (matching(NOT_OURS, line.text) and _is_there(line.text)):
            wrong.append((line.number, line.text, "not a known command"))
    assert wrong == []


def _is_there(text):
    if found := re.match(r"scripts/[\w-]+", text):
        return (ROOT / found[0]).is_file()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = re.findall(r"\[([\w,]+)\]", text)
    known = project["optional-dependencies"]
    return {name for each in extras for name in each.split(",")} <= set(known)


@pytest.mark.slow
@pytest.mark.parametrize("page", [*filter(commands, PAGES)], ids=named)
def test_commands_run(page, desk):
    folder, done = desk
    wrong = []
    for line in commands(page):
        if not line.text.startswith("impasto ") or matching(ONLY_READ, line.text):
            continue
        if error := run(line, folder, done):
            wrong.append((line.number, line.text, error))
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("page", [*filter(snippets, PAGES)], ids=named)
def test_snippets_of_python_run(page, desk, monkeypatch):
    folder, done = desk
    for block in snippets(page):
        if OTHERS_SERVER in block.text:
            continue  # tests/test_studio_page.py runs a server and calls all its endpoints
        for name in re.findall(r"\"([\w./-]+)\"", block.text):
            lay(folder / name)
            if name in MADE_BY and not (folder / name).exists():
                assert run(Line(MADE_BY[name], 0), folder, done) == ""
        text = re.sub(r"\bsize=\d+", "size=48", re.sub(r"\bsteps=\d+", "steps=2", block.text))
        # A snippet without steps would use the preset's.
        text = re.sub(r"(paint\((?!.*steps=)[^()]*)\)", r"\1, steps=2)", text)
        with chdir(folder), one_thread():
            exec(compile(text, f"{named(page)}:{block.line}", "exec"), {"__name__": "snippet"})


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_options_in_the_text_are_there(page):
    wrong = [(span, error) for span in _spans(page) if (error := _complaint(span))]
    assert wrong == []


def _complaint(span):
    """What is wrong with inline code, or nothing; most of it is not a command."""
    first, *words = span.split() or [""]
    if first != "impasto" and not first.startswith("-"):
        return ""
    command = _command(words) if first == "impasto" and words else ""
    if first == "impasto" and words and not command:
        return "no such command"
    known = options_of(command) if command in COMMANDS or " " in command else _every_option()
    used = [_bare(word) for word in (first, *words) if re.match(r"--[a-z]", word)]
    return ", ".join(f"no option {each}" for each in used if each not in known)


def _every_option():
    commands = [*_every_command(), "paint --method nearest"]
    return frozenset(OF_SCRIPTS).union(*(options_of(name) for name in commands))


def _bare(option):
    return re.match(r"--[a-z-]+", option)[0]


def _spans(page):
    """Inline code; in tables of other programs only our column."""
    text = prose(TEXTS[page])
    if page.name == "coming-from.md":
        text = re.sub(r"^\|[^|\n]*\|", "|", text, flags=re.MULTILINE)
    if page.name == "CHANGELOG.md":  # names options that were removed
        return []
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def _every_command():
    for name in COMMANDS:
        yield from (f"{name} {each}" for each in SUBCOMMANDS.get(name, ()))
        if name not in SUBCOMMANDS:
            yield name


def _command(words):
    """The command that the first words name, such as train johnson; "any" if none."""
    if words[0].startswith("-") or words[0] == "COMMAND":
        return "any"
    below = SUBCOMMANDS.get(words[0], ())
    if below and len(words) > 1 and words[1] in below:
        return " ".join(words[:2])
    return words[0] if words[0] in COMMANDS else ""


def test_what_is_wrong_would_be_found(tmp_path):
    def wrong(text):
        return read(Line(text, 1).words, tmp_path)

    assert wrong("impasto paint a.jpg --style b.jpg --size max") == ""
    assert "--stile" in wrong("impasto paint a.jpg --stile b.jpg")
    assert "no command" in wrong("impasto pain a.jpg")
    assert "size" in wrong("impasto paint a.jpg --style b.jpg --size large")
    assert "--model" in wrong("impasto apply a.jpg --modell starry-night")
    assert wrong("torchrun -m impasto train johnson --style a --data b --run-dir c") == ""
    assert run(Line("impasto apply missing.jpg --model the-scream", 1), tmp_path, set())
    assert _complaint("impasto sheet --colums") == "no option --colums"
    assert _complaint("impasto sheat") == "no such command"
    assert _complaint("--no-such-option 3") == "no option --no-such-option"
    assert _complaint("impasto COMMAND --help") == _complaint("--size 3") == ""


def test_commands_are_found_and_made_quick():
    text = "# first\nimpasto paint a.jpg \\\n  --style b.jpg --size 900   # a-b.png, large\n"
    text += "\nscripts/test\n"
    found = list(lines(text, 10))
    assert found == [
        Line("impasto paint a.jpg --style b.jpg --size 900", 11, "a-b.png"),
        Line("scripts/test", 14),
    ]
    small = quick(found[0].words)
    assert small[:5] == ["impasto", "paint", "a.jpg", "--style", "b.jpg"]
    assert "900" not in small
    assert small[-1] == "--overwrite"
    stream = Line("impasto apply - --model x -o - < a.jpg > b.png", 1)
    assert stream.words[-4:] == ["--model", "x", "-o", "-"]
    assert (stream.beside("<"), stream.beside(">")) == ("a.jpg", "b.png")


def test_what_is_not_run_has_a_reason_and_is_on_a_page():
    every = [line.text for page in PAGES for line in commands(page)]
    for pattern, reason in {**ONLY_READ, **NOT_OURS}.items():
        assert len(reason) > 10
        assert any(re.match(pattern, text) for text in every), pattern
