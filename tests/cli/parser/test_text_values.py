"""A flag or an argument that names something takes no empty text and no line break."""

import pytest
from typer import BadParameter

from tests.support.cli import Cli
from tests.support.commands import LEAVES
from tickiti_cli.parser.choices import EXEMPT, Name, Named, Network

CREATE = ("ticket", "create", "--from", "marcus@trailblazers-club.example", "-b", "x")
DELETE = ("ticket", "delete", "--raised-by", "marcus@trailblazers-club.example", "--preview")
OF_THINGS = {
    "EMAIL", "ID", "KEY", "LIST", "MAILBOX", "NAME", "PERSPECTIVE", "QUEUE", "RESOLUTION", "TAG",
    "TEAM", "UID", "USER", "WATCHLIST", "FILE", "DIR", "PATH", "URL",
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
