"""A flag or an argument that names something takes no empty text and no line break."""

from typing import Any

import pytest
from typer import BadParameter

from tests.support.cli import Cli
from tests.support.commands import LEAVES
from tickiti_cli.parser.choices import EXEMPT, Name, Named, Network

CREATE = ("ticket", "create", "--from", "marcus@trailblazers-club.example", "-b", "x")
DELETE = ("ticket", "delete", "--raised-by", "marcus@trailblazers-club.example", "--preview")
OF_THINGS = {
    "EMAIL", "ID", "KEY", "LIST", "MAILBOX", "NAME", "PERSPECTIVE", "QUEUE", "RESOLUTION", "TAG",
    "TEAM", "UID", "USER", "WATCHLIST", "FILE", "DIR", "PATH", "URL", "CMD", "COLUMNS", "GLOB",
    "METHOD", "HANDLER", "ICON", "#RRGGBB", "A,B,C",
}  # fmt: skip


def test_no_text_that_names_something_may_be_empty() -> None:
    seen, accepted = 0, set()
    for path, one in ((path, one) for path, command in LEAVES for one in command.params):
        word = (one.metavar or "").lstrip("[").partition("|")[0].partition("[")[0].rstrip(".]")
        is_exempt = any((name, one.metavar) in EXEMPT for name in one.opts)
        if word not in OF_THINGS or is_exempt:
            continue
        seen += 1
        try:
            one.type.convert(" ", one, None)
        except BadParameter:
            continue
        accepted.add((" ".join(path), one.name))
    assert accepted == set()
    assert seen > 300


@pytest.mark.parametrize("kind", [Name(), Named()])
def test_blanks_alone_are_empty(kind: Named | Name) -> None:
    with pytest.raises(BadParameter, match=r"^the value is empty\.$"):
        kind.convert("  ", None, None)


EMPTY = [
    ((*CREATE, "-s", "x", "--queue", ""), "--queue"),
    ((*CREATE, "-s", ""), "--subject"),
    ((*CREATE, "--template", ""), "--template"),
    ((*DELETE, "--queue", ""), "--queue"),
    (("ticket", "move", "1", ""), "QUEUE"),
    (("ticket", "close", "1", "--resolved", ""), "--resolved"),
    (("ticket", "list", "--perspective", ""), "--perspective"),
    (("ticket", "list", "--assigned", ""), "--assigned"),
    (("email", "send", "--to", "a@b.example", "-s", "x", "-b", "x", "--mailbox", ""), "--mailbox"),
    (("queue", "create", " "), "NAME"),
    (("callback", "list", "--intervention", ""), "--intervention"),
    (("version", "--token-file", ""), "--token-file"),
    (("version", "-p", ""), "--profile"),
    (("version", "--base-url", ""), "--base-url"),
]


@pytest.mark.parametrize(("words", "label"), EMPTY)
def test_an_empty_name_is_an_error_and_never_the_default(
    run: Cli, words: tuple[str, ...], label: str
) -> None:
    ran = run(*words)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"tickiti: {label}: the value is empty.\n")


UNCHANGED = [
    (("skill", "edit", "a", "--title", ""), "--title"),
    (("skill", "edit", "a", "--description", " "), "--description"),
    (("skill", "action", "set", "a", "b", "--description", ""), "--description"),
    (("skill", "action", "set", "a", "b", "--handler", ""), "--handler"),
    (("watchlist", "edit", "a", "--icon", ""), "--icon"),
    (("resolution", "edit", "a", "--colour", ""), "--colour"),
    (("ticket", "import", "a.csv", "--key-from", ""), "--key-from"),
    (("email", "bulk", "a.csv", "--template", "x", "--key-from", " "), "--key-from"),
    (("token", "rotate", "1", "--hook", ""), "--hook"),
    (("server", "requests", "wait", "--path", ""), "--path"),
    (("server", "requests", "list", "--key", ""), "--key"),
    (("server", "requests", "export", "--method", ""), "--method"),
    (("server", "requests", "wait", "--code", ""), "--code"),
    (("ticket", "list", "--fields", ""), "--fields"),
    (("ticket", "export", "--out", "a", "--fields", ""), "--fields"),
]
"""Values without a meaning of their own: they changed nothing, or chose everything."""


@pytest.mark.parametrize(("words", "label"), UNCHANGED)
def test_an_empty_text_that_would_change_nothing_is_an_error(
    run: Cli, words: tuple[str, ...], label: str
) -> None:
    ran = run(*words)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"tickiti: {label}: the value is empty.\n")


MINT = ("token", "mint", "--name", "a", "--preset", "filer")
WITH_OWN_SENTENCES = [
    ((*MINT, "--expires", ""), "--expires: '' is not a"),
    ((*MINT, "--expires", "", "--never"), "--expires and --never contradict each other"),
    (("token", "rotate", "1", "--expires", ""), "--expires: '' is not a"),
    (("token", "rotate", "1", "--overlap", ""), "--overlap: '' is not a duration"),
    ((*CREATE, "-s", "x", "--until", ""), "--status on-hold and --until DATE go together."),
]


@pytest.mark.parametrize(("words", "told"), WITH_OWN_SENTENCES)
def test_an_empty_date_or_duration_is_never_the_default(
    remote: Cli, words: tuple[str, ...], told: str
) -> None:
    ran = remote(*words)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"tickiti: {told}")


@pytest.mark.parametrize("verb", [("edit", "a"), ("create", "a.b", "--title", "A")])
def test_empty_instructions_of_a_skill_are_an_error(run: Cli, verb: tuple[str, ...]) -> None:
    (run.folder / "empty").write_text(" \n")
    more = ("--description", "b") if verb[0] == "create" else ()
    ran = run("skill", *verb, *more, "--instructions-file", "empty")
    assert (ran.code, ran.stderr) == (2, "tickiti: --instructions-file empty: the text is empty.\n")


@pytest.mark.parametrize("name", ["title", "queue_name"])
def test_an_intervention_file_cannot_empty_what_is_needed(run: Cli, name: str) -> None:
    (run.folder / "a.toml").write_text(f'{name} = " "\n')
    ran = run("intervention", "edit", "a", "--file", "a.toml")
    assert (ran.code, ran.stderr) == (2, f"tickiti: --file a.toml: {name} is empty.\n")


EDITS = {"edit", "set", "hours", "grant"}
EMPTIED = {
    "response edit --body", "response edit --replace", "response edit --replace-all",
    "response edit --idempotency-key", "perspective edit --condition", "perspective edit --order",
    "perspective edit --description", "watchlist edit --description", "mailbox edit --host",
    "mailbox edit --from-name", "mailbox edit --user", "template edit --subject",
    "template edit --category", "template edit --subcategory", "stock-response edit --category",
    "stock-response edit --subcategory", "stock-response edit --keywords",
    "stock-response edit --notes", "escalation hours --days", "escalation hours --start",
    "escalation hours --end", "escalation hours --day", "skill edit --triggers",
    "skill edit --citation", "skill edit --parent", "skill action set --parameters",
    "skill action set --prefetch-params", "alias set words", "config set value",
}  # fmt: skip
"""Flags whose empty text is cleared by the server, or refused with a sentence of its own."""


def test_every_edit_refuses_an_empty_text_or_carries_it_out() -> None:
    accepted = set()
    for path, command in LEAVES:
        own = [one for one in command.params if one not in command.inherited]
        for one in own if path[-1] in EDITS else ():
            if not getattr(one, "is_flag", False) and _takes_empty(one):
                accepted.add(" ".join((*path, one.opts[0])))
    assert accepted == EMPTIED


def _takes_empty(one: Any) -> bool:
    try:
        one.type.convert("", one, None)
    except BadParameter:
        return False
    return True


LINES = [
    ((*CREATE, "-s", "a\nb"), "--subject"),
    ((*CREATE, "-s", "x", "--queue", "a\nb"), "--queue"),
    (("ticket", "respond", "1", "-b", "x", "--subject", "a\x1bb"), "--subject"),
    (("template", "edit", "x", "-s", "a\nb"), "--subject"),
    (("queue", "create", "a\nb"), "NAME"),
    (("queue", "edit", "a", "--name", "a\nb"), "--name"),
    (("user", "create", "a\tb", "a@b.example"), "NAME"),
    (("mailbox", "edit", "a", "--from-name", "a\nb"), "--from-name"),
    (("token", "edit", "1", "--name", "a\nb"), "--name"),
    (("skill", "edit", "a", "--title", "a\u2028b"), "--title"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "label"), LINES)
def test_a_value_of_one_line_has_no_line_break(
    run: Cli, words: tuple[str, ...], label: str
) -> None:
    ran = run(*words)
    assert (ran.code, ran.stdout) == (2, "")
    told = "the value must be one line without control characters."
    assert ran.stderr.startswith(f"tickiti: {label}: {told}\n")


@pytest.mark.parametrize("text", ["", "none", "999.1.1.1", "10.0.0.0/33", "10.0.0.1/8", "a,::1"])
def test_a_malformed_address_of_a_token_is_an_error(run: Cli, text: str) -> None:
    ran = run("token", "mint", "--name", "x", "--preset", "filer", "--allowed-ip", text)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(
        f"tickiti: --allowed-ip: '{text}' is not an IP address or a network such as 203.0.113.7 or "
        "10.0.0.0/8.\n"
    )


@pytest.mark.parametrize("text", ["203.0.113.7", " ::1", "10.0.0.0/8, 203.0.113.7"])
def test_addresses_of_a_token_are_taken(text: str) -> None:
    assert Network().convert(text, None, None) == text.strip()
    assert Network("none").convert("none", None, None) == "none"
