"""Generated files match the command tree, and no command or flag disappears unnoticed."""

import itertools
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tickiti_cli import paths
from tickiti_cli.config import layers
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.parser.registry import TOPICS
from tickiti_cli.reference.__main__ import ROOT, files
from tickiti_cli.reference.manual import blocks, mdoc, plain
from tickiti_cli.reference.manual.blocks import Entries, Literal, Paragraph
from tickiti_cli.reference.manual.entries import tables
from tickiti_cli.reference.tree import Argument, Kind, Noun, read_tree

REGENERATE = "Write it anew with `python -m tickiti_cli.reference` and look at the difference."

FILES = files()
TREE = read_tree()
TOPICS_AND_MORE = (*TOPICS, "overview", "precedence", "files")
PAGES = sorted(name for name in FILES if name.startswith("man/"))


def tool(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    return program


def shown(page: str) -> str:
    """A page as man shows it, on one long line."""
    done = subprocess.run(
        [tool("man"), "--warnings=w", str(ROOT / page)],
        env={"LANG": "C.UTF-8", "MANWIDTH": "1000", "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return " ".join(done.stdout.split())


def test_commands_and_flags_equal_the_agreed_surface() -> None:
    agreed = (ROOT / "tests" / "surface.txt").read_text().splitlines()
    offered = FILES["tests/surface.txt"].splitlines()
    report = [f"Removed (BREAKING): {line}" for line in agreed if line not in offered]
    report += [f"Added: {line}" for line in offered if line not in agreed]
    assert not report, "\n".join([*report, REGENERATE])


@pytest.mark.parametrize("name", FILES)
def test_a_generated_file_is_fresh(name: str) -> None:
    path = ROOT / name
    assert path.exists(), f"{name} is missing. {REGENERATE}"
    assert path.read_text("utf-8") == FILES[name], f"{name} is stale. {REGENERATE}"


def test_generated_files_of_removed_commands_are_gone() -> None:
    kept = {f"{kind}/{path.name}" for kind in ("completions", "man") for path in listed(kind)}
    assert kept - FILES.keys() == set()


def listed(kind: str) -> list[Path]:
    return list((ROOT / kind).iterdir())


def test_words_and_files_of_flags_are_known() -> None:
    takes = {
        (command.path, flag.long): flag.value for command in TREE.commands for flag in command.flags
    } | {("", flag.long): flag.value for flag in TREE.flags}
    assert takes["", "--json"] is None
    assert [
        takes[place].kind  # type: ignore[union-attr]
        for place in (
            ("", "--output"),
            ("", "--profile"),
            ("ticket create", "--body-file"),
            ("ticket create", "--subject"),
        )
    ] == [Kind.WORDS, Kind.NAMES, Kind.FILE, Kind.TEXT]
    assert argument("api").value.words == tuple(CATALOGUE)


def test_flags_and_arguments_have_help() -> None:
    """In help, in the manual, and in PowerShell, which refuses a completion that says nothing."""
    everything = [(c.path, part) for c in TREE.commands for part in (*c.flags, *c.arguments)]
    assert [path for path, part in everything if not part.help] == []


def argument(path: str) -> Argument:
    (command,) = (command for command in TREE.commands if command.path == path)
    return command.arguments[0]


@pytest.mark.parametrize("page", PAGES)
def test_mandoc_reports_no_problem_in_a_page(page: str) -> None:
    """But that it does not find our other pages, which are not installed here."""
    done = subprocess.run(
        [tool("mandoc"), "-T", "lint", str(ROOT / page)],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    ours = "STYLE: referenced manual not found: Xr tickiti"
    assert [line for line in (done.stdout + done.stderr).splitlines() if ours not in line] == []


@pytest.mark.parametrize("noun", TREE.nouns, ids=lambda noun: noun.name)
def test_man_shows_every_command_and_flag_of_a_noun(noun: Noun) -> None:
    text = shown(f"man/tickiti-{noun.name}.1")
    for command in noun.commands:
        assert f"tickiti {command.path}" in text
        for flag in command.flags:
            value = f" {flag.value.metavar.lower()}" if flag.value else ""
            assert f"{flag.long}{value}" in text
        for line in command.examples:
            assert " ".join(line.split()) in text


def test_man_shows_all_of_the_manual_of_configuration_and_scripts() -> None:
    config, scripting = shown("man/tickiti-config.5"), shown("man/tickiti-scripting.7")
    members = {**layers.USER_MEMBERS, **layers.PROFILE_MEMBERS, **layers.PROJECT_MEMBERS}
    for name, meaning in {**members, **paths.ENVIRONMENT}.items():
        assert f"{name} {words(meaning)}" in words(config)
    for topic in ("output", "idempotency", "tokens", "cron", "exit-codes"):
        for block in blocks.read(topic, tables()):
            if isinstance(block, Paragraph):
                assert words(block.text) in words(scripting)


def words(text: str) -> str:
    """Without quotes, which man and a terminal write in their own ways."""
    return re.sub(r"[`'\u2018\u2019]", "", text)


def test_environment_variables_are_all_in_the_manual() -> None:
    sources = [path.read_text() for path in (ROOT / "tickiti_cli").rglob("*.py")]
    read_there = {
        name
        for source in sources
        for pattern in (r"\"(TICKITI_[A-Z_]+)\"", r"environ(?:\.get\(|\[)\"([A-Z_]+)\"")
        for name in re.findall(pattern, source)
    }
    told = " ".join([*paths.ENVIRONMENT, *paths.ENVIRONMENT.values()])
    assert {name for name in read_there - {"HOME", "SHELL"} if name not in told} == set()


@pytest.mark.parametrize("topic", TOPICS_AND_MORE)
def test_a_topic_names_only_existing_commands_and_flags(topic: str) -> None:
    commands = {command.words: command for command in TREE.commands}
    everywhere = {name for flag in TREE.flags for name in flag.names}
    literal = [block for block in blocks.read(topic, tables()) if isinstance(block, Literal)]
    lines = [line for block in literal for line in block.lines if line.startswith("tickiti ")]
    for line in lines:
        _, *words = itertools.takewhile(lambda word: word not in ("|", "&&"), shlex.split(line))
        while words[0] in everywhere:  # a global flag first, with its value where it has one
            del words[: 2 if words[0] == "-p" else 1]
        command = next(filter(None, (commands.get(tuple(words[:n])) for n in (3, 2, 1))), None)
        assert command, line
        known = everywhere | {name for flag in command.flags for name in flag.names}
        flags = [word for word in words if word.startswith("-") and len(word) > 1]
        assert [flag for flag in flags if flag not in known] == [], line


def test_page_text_is_never_a_roff_request() -> None:
    hostile = [
        Paragraph(".so /etc/passwd"),
        Paragraph("'tis \\n(.g"),
        Literal((".Ed", "a 'b' -c \\d ~e")),
        Entries(((".Sh", "`.El` and `Nm`."), ("`--a` , `-b` <C D>", "x"))),
    ]
    assert mdoc.render(hostile).splitlines() == [
        "\\&.so /etc/passwd",
        ".Pp",
        "\\&'tis \\en(.g",
        ".Bd -literal -offset indent",
        "\\&.Ed",
        "a \\(aqb\\(aq \\-c \\ed \\(tie",
        ".Ed",
        ".Bl -tag -width Ds",
        ".It No .Sh",
        ".Ql .El",
        "and",
        ".Cm \\&Nm .",
        '.It Fl \\-a , Fl b Ar "c d"',
        "x",
        ".El",
    ]


def test_letters_directly_after_a_marked_name_are_refused() -> None:
    with pytest.raises(ValueError, match="part these words from the name: `x`es"):
        mdoc.render([Paragraph("All `x`es.")])


def test_a_term_too_wide_for_its_column_stands_alone() -> None:
    rows = (("short", "Its meaning."), ("a term that is very wide indeed", "Its own."))
    assert plain.render([Entries(rows)]).splitlines() == [
        "  short  Its meaning.",
        "  a term that is very wide indeed",
        "         Its own.",
    ]
