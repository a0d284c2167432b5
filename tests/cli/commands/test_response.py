"""`tickiti response list`: what was said on one ticket."""

import json

from tests.support.cli import Cli, Ran


def test_the_responses_of_a_ticket_are_listed_as_a_view_shows_them(local: Cli) -> None:
    flags = ("--from", "a@b.example", "-s", "x", "-b", "1 < 2\nthen", "--as-originator")
    number = local("ticket", "create", *flags).stdout.strip()
    assert local("ticket", "respond", number, "--from", "b@b.example", "-b", "3").code == 0
    shown = json.loads(local("ticket", "view", number, "--json").stdout)["responses"]
    assert json.loads(local("response", "list", number, "--json").stdout) == shown
    one, two = shown
    assert local("response", "list", number) == Ran(
        0,
        f"{one['id']}\t{one['created_at']}\ta@b.example\tfalse\t1 < 2\\nthen\n"
        f"{two['id']}\t{two['created_at']}\tb@b.example\tfalse\t3\n",
        "",
    )
    raw = local("response", "list", number, "--raw-html", "--fields", "plain_text")
    assert raw == Ran(0, "1 &lt; 2<br>then\n3\n", "")
    told = "tickiti: Ticket 7 not found.\nSee: tickiti ticket list\n"
    assert local("response", "list", "7") == Ran(6, "", told)


def test_a_long_list_remarks_that_there_are_more_rows(local: Cli) -> None:
    flags = ("--from", "a@b.example", "-b", "x")
    number = local("ticket", "create", *flags, "-s", "x").stdout.strip()
    assert local("ticket", "respond", number, *flags).code == 0
    ids = local("response", "list", number, "--fields", "id").stdout
    first = ids.splitlines()[0]
    more = "1 of 2 responses; --all shows every one.\n"
    listed = ("response", "list", number, "--fields", "id")
    assert local(*listed, "--limit", "1") == Ran(0, f"{first}\n", "")
    assert local.on_terminal(*listed, "-o", "plain", "--limit", "1").stdout == f"{first}\n{more}"
    assert local(*listed, "--all") == Ran(0, ids, "")
    watched = local("response", "list", number, "--watch", "0.01")
    assert (watched.code, watched.stdout) == (2, "")
