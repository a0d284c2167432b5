"""The layout of help: groups, bold titles, and examples as wide as the terminal."""

import re
import shlex

import pytest

from tests.support.cli import Cli, Ran
from tests.support.commands import LEAVES
from tickiti_cli.parser.help import layout, synonyms
from tickiti_cli.parser.help.layout import Style
from tickiti_cli.parser.registry import GROUPS, NOUNS, TOPICS

BOLD, OFF = "\x1b[1m", "\x1b[0m"
KNOWN = {" ".join(path) for path, _ in LEAVES} | set(NOUNS)


def titles(shown: str) -> list[str]:
    return [line for line in shown.splitlines() if line.isupper() and not line.startswith(" ")]


def test_root_help_lists_every_noun_in_its_group(run: Cli) -> None:
    shown = run("--help").stdout
    groups = ["TICKETS", "MAIL", "ADMINISTRATION", "SERVER", "YOUR SETUP"]
    assert [title.upper() for title in GROUPS] == groups
    flags = "GLOBAL FLAGS, BEFORE OR AFTER THE COMMAND"
    assert titles(shown) == ["USAGE", *groups, flags, "HELP TOPICS", "LEARN MORE", "EXAMPLES"]
    for title, nouns in GROUPS.items():
        listed = shown.partition(f"\n{title.upper()}\n")[2].partition("\n\n")[0].splitlines()
        assert [line.split()[0] for line in listed] == [*nouns]


def test_root_help_names_every_topic(run: Cli) -> None:
    shown = run("--help").stdout
    assert [name for name in TOPICS if f"  tickiti help {name} " not in shown] == []


def test_noun_help_has_command_lists_references_and_examples(
    run: Cli,
) -> None:
    shown = run("ticket", "-h").stdout
    lists = ["CREATE AND FIND", "ANSWER AND CHANGE", "COMBINE AND DELETE"]
    assert titles(shown) == ["USAGE", *lists, "LEARN MORE", "EXAMPLES"]
    listed = [line.split()[0] for line in shown.partition("LEARN MORE")[0].splitlines()[4:] if line]
    verbs = [path[1] for path, _ in LEAVES if path[0] == "ticket"]
    assert {*verbs} <= {*listed}
    *_, first, second, third = shown.splitlines()
    assert [line.split()[2] for line in (first, second, third)] == ["create", "list", "view"]
    assert "  tickiti man ticket " in shown


@pytest.mark.parametrize(
    ("path", "title", "flag"),
    [
        (("ticket", "create"), "FLAGS OF EVERY WRITE", "--dry-run"),
        (("ticket", "delete"), "FLAGS OF EVERY WRITE", "--yes"),
        (("ticket", "list"), "FLAGS OF EVERY LIST", "--limit"),
        (("queue", "list"), "FLAGS OF EVERY LIST", "--sort"),
    ],
)
def test_a_command_lists_its_own_flags_before_those_of_its_kind(
    run: Cli, path: tuple[str, ...], title: str, flag: str
) -> None:
    own, found, shared = run(*path, "-h").stdout.partition(f"\n{title}\n")
    assert (bool(found), f" {flag}" in own, f" {flag}" in shared) == (True, False, True)


def test_command_help_has_its_parts_in_order(run: Cli) -> None:
    shown = run("token", "edit", "-h").stdout
    assert titles(shown) == ["USAGE", "ARGUMENTS", "FLAGS", "EXAMPLES"]


def test_help_lists_the_words_that_a_flag_takes(run: Cli) -> None:
    shown = " ".join(run("server", "start", "-h").stdout.split())
    assert " --log-format FORMAT " in shown
    assert ": text or json (default: text) " in shown


def test_usage_names_required_flags_and_arguments(run: Cli) -> None:
    assert "\n  tickiti token mint --name NAME [FLAGS]\n" in run("token", "mint", "-h").stdout
    assert "\n  tickiti auth can ABILITY... [FLAGS]\n" in run("auth", "can", "-h").stdout
    assert "\n  tickiti man [PAGE] [FLAGS]\n" in run("man", "-h").stdout


@pytest.mark.parametrize(
    ("environ", "before", "is_bold"),
    [
        ({}, (), True),
        ({"NO_COLOR": "1"}, (), False),
        ({"TERM": "dumb"}, (), False),
        ({}, ("--color", "never"), False),
        ({"TICKITI_OUTPUT": "rubbish"}, (), False),
    ],
)
def test_titles_are_bold_where_colours_are_on(
    run: Cli, environ: dict[str, str], before: tuple[str, ...], is_bold: bool
) -> None:
    shown = run.on_terminal(*before, "token", "-h", **environ)
    assert (shown.code, f"{BOLD}USAGE{OFF}\n" in shown.stdout) == (0, is_bold)
    assert ("\x1b" in shown.stdout) == is_bold


def test_a_noun_alone_shows_its_help_as_the_terminal_does(run: Cli) -> None:
    alone = run.on_terminal("ticket", COLUMNS="60")
    assert (alone.code, f"{BOLD}USAGE{OFF}\n" in alone.stdout) == (2, True)
    assert max(map(len, alone.stdout.splitlines())) <= 60
    assert run.on_terminal("ticket", "-h", COLUMNS="60").stdout == alone.stdout


def test_titles_are_plain_in_a_pipe_unless_colour_is_forced(run: Cli) -> None:
    assert "\x1b" not in run("token", "-h").stdout
    assert f"{BOLD}USAGE{OFF}\n" in run("token", "-h", FORCE_COLOR="1").stdout
    assert f"{BOLD}USAGE{OFF}\n" in run("--color", "always", "token", "-h").stdout


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_help_uses_the_width_of_the_terminal(run: Cli, columns: int) -> None:
    shown = run.on_terminal("ticket", "create", "-h", COLUMNS=str(columns), NO_COLOR="1").stdout
    *text, examples = shown.split("\nEXAMPLES\n")
    widths = [len(line) for part in text for line in part.splitlines()]
    widest = min(columns, layout.WIDEST_TEXT)
    assert widest - 20 < max(widths) <= widest
    long_words = [len(word) for word in examples.split() if len(word) > columns - 10]
    assert max(map(len, examples.splitlines())) <= max([columns, *(n + 8 for n in long_words)])


def test_an_example_is_one_line_in_a_pipe(run: Cli) -> None:
    shown = run("ticket", "create", "-h", COLUMNS="40").stdout
    assert "\\\n" not in shown
    (epilog,) = (command.epilog for path, command in LEAVES if path == ("ticket", "create"))
    for line in epilog.splitlines()[1:]:
        assert f"\n  {line}\n" in shown


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("topic", [(), ("exit-codes",), ("environment",)])
def test_a_topic_fits_the_terminal(run: Cli, columns: int, topic: tuple[str, ...]) -> None:
    shown = run.on_terminal("help", *topic, COLUMNS=str(columns)).stdout
    wide = [line for line in shown.splitlines() if len(line) > min(columns, 80)]
    # Words and examples are not broken.
    assert [line for line in wide if " " in line.strip() and "    tickiti " not in line] == []


@pytest.mark.parametrize("columns", range(30, 130, 7))
def test_a_wrapped_example_is_the_same_command(columns: int) -> None:
    line = (
        """echo 'At mile 14' | tickiti ticket create --from a@b.example -s "It's a" -d k='a b c'"""
    )
    wrapped = [*layout.examples([line], Style(columns, is_terminal=True))]
    assert shlex.split("\n".join(wrapped).replace("\\\n", "")) == shlex.split(line)
    assert all(part.endswith(" \\") for part in wrapped[:-1])
    assert [part for part in wrapped if len(part) > columns] == []


def test_a_wrapped_example_keeps_a_flag_and_its_value_together() -> None:
    line = "tickiti ticket create --from a@b.example -d name=Marcus -d order.id=4711 --json x"
    wrapped = [*layout.examples([line], Style(60, is_terminal=True))]
    assert wrapped == [
        "  tickiti ticket create --from a@b.example -d name=Marcus \\",
        "      -d order.id=4711 --json x",
    ]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("show", "tickiti ticket view"),
        ("reply", "tickiti ticket respond"),
        ("login", "tickiti auth login"),
        ("whoami", "tickiti auth status"),
        ("webhook", "tickiti callback"),
        ("tickets", "tickiti ticket"),
        ("ticket show", "tickiti ticket view"),
        ("ticket get", "tickiti ticket view"),
        ("ticket new", "tickiti ticket create"),
        ("ticket add", "tickiti ticket create"),
        ("ticket rm", "tickiti ticket delete"),
        ("ticket reply", "tickiti ticket respond"),
        ("token add", "tickiti token mint"),
        ("token rm", "tickiti token revoke"),
        ("profile get", "tickiti profile show"),
        ("profile rm", "tickiti profile remove"),
        ("op retry", "tickiti op resume"),
        ("outbox retry", "tickiti outbox release"),
        ("server run", "tickiti server start"),
        ("help ticket show", "tickiti ticket view"),
        ("backup", "tickiti server backup"),
        ("ticket edit", "tickiti ticket respond"),
        ("token create", "tickiti token mint"),
        ("outbox delete", "tickiti outbox cancel"),
        ("watchlist rename", "tickiti watchlist edit"),
        ("queue view", "tickiti queue list"),
        ("profile delete", "tickiti profile remove"),
    ],
)
def test_a_synonym_leads_to_the_command(run: Cli, typed: str, meant: str) -> None:
    *_, word = typed.split()
    path = meant.rpartition(" ")[0] if " " in typed else "tickiti"
    assert run(*typed.split()) == Ran(
        2, "", f"tickiti: Unknown command '{word}'. Did you mean '{meant}'?\nSee: {path} --help\n"
    )


def test_a_verb_of_another_noun_is_not_a_typo(run: Cli) -> None:
    told = "tickiti: Unknown command 'create'. Did you mean 'tickiti auth login'?\n"
    assert run("profile", "create") == Ran(2, "", f"{told}See: tickiti profile --help\n")
    for noun, word in (("server", "remove"), ("server", "revoke"), ("email", "delete")):
        told = f"tickiti: Unknown command '{word}'.\nSee: tickiti {noun} --help\n"
        assert run(noun, word) == Ran(2, "", told)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ticket create --message x", "--body"),
        ("ticket create -m x", "--body"),
        ("ticket create --title x", "--subject"),
        ("ticket create --requester x", "--from"),
        ("ticket create --cc x", "--participant"),
        ("email send --cc-address x", ""),
        ("email send --recipient x", "--to"),
        ("ticket list --state open", "--status"),
        ("ticket list --label x", "--hashtag"),
        ("ticket list --format csv", "--output"),
        ("ticket list --queu x", "--queue"),
        ("queue list --queue x", ""),
        ("version --cc x", ""),
        ("token mint --scope x", "--ability"),
        ("token revoke 1 --force", "--yes"),
        ("--token x ticket list", "--token-file"),
    ],
)
def test_an_unknown_flag_error_names_the_intended_flag(run: Cli, typed: str, meant: str) -> None:
    ran = run(*typed.split())
    flag = re.search(r" (-+[a-z-]+)|^(--token)", typed)
    assert flag
    told = f"tickiti: Unknown flag {flag[1] or flag[2]}."
    told += f" Did you mean {meant}?" if meant else ""
    assert (ran.code, ran.stderr.splitlines()[0]) == (2, told)


def test_every_synonym_leads_to_a_command_that_exists() -> None:
    assert {meant for meant in synonyms.COMMANDS.values() if meant not in KNOWN} == set()
    # A noun below another one is a verb of it: `server requests`.
    verbs = {word for path in KNOWN for word in path.split()}
    assert {v for meant in synonyms.VERBS.values() for v in meant if v not in verbs} == set()
    assert synonyms.COMMANDS.keys() & NOUNS.keys() == set()


def test_every_synonym_of_a_flag_leads_to_a_flag_that_exists() -> None:
    flags = {name for _, command in LEAVES for option in command.params for name in option.opts}
    assert {
        name for meant in synonyms.FLAGS.values() for name in meant if name not in flags
    } == set()


def test_a_summary_ends_with_the_first_paragraph(run: Cli) -> None:
    assert "  delete  Delete a queue\n" in run("queue", "--help").stdout


def test_the_manual_ends_each_paragraph_with_a_full_stop(run: Cli) -> None:
    page = " ".join(run("man", "queue").stdout.split())
    assert "Delete a queue. A queue that still has tickets" in page


def test_the_manual_lists_the_words_that_a_flag_takes(run: Cli) -> None:
    page = " ".join(run("man", "ticket").stdout.split())
    assert "New status: open, on-hold or closed." in page


def test_the_negated_name_of_a_flag_comes_last(run: Cli) -> None:
    assert "      --api-account, --person" in run("user", "create", "-h").stdout


def test_notes_on_a_flag_are_in_one_pair_of_brackets(run: Cli) -> None:
    shown = " ".join(run("server", "start", "-h").stdout.split())
    assert "Port (0: any free port; default: 8642)" in shown
