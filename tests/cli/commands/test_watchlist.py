"""`tickiti watchlist` and `tickiti hashtag`: lists of tickets and marks of tickets."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply


def opened(local: Cli) -> str:
    made = local("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
    return made.stdout.strip()


def row_of(local: Cli, name: str) -> Any:
    rows = json.loads(local("watchlist", "list", "--json").stdout)
    return next((row for row in rows if row["name"] == name), None)


def test_watchlist_is_made_filled_changed_and_deleted(local: Cli) -> None:
    name, first, second = f"W {uuid4().hex}", opened(local), opened(local)
    made = local("watchlist", "create", name, "--icon", "shoe", "--shared")
    row = row_of(local, name)
    assert made == Ran(0, f"{row['id']}\n", "")
    assert (row["icon"], row["shared"], row["ticket_ids"]) == ("shoe", True, [])
    done = Ran(0, f"{row['id']}\n", "")
    assert local("watchlist", "add", name, first, f"#{second}", first) == done
    assert len(row_of(local, name)["ticket_ids"]) == 2
    assert local("watchlist", "remove", name, first) == done
    assert len(row_of(local, name)["ticket_ids"]) == 1
    assert local("watchlist", "edit", name, "--name", f"{name} b", "--personal") == done
    assert row_of(local, f"{name} b")["shared"] is False
    assert local("watchlist", "delete", f"{name} b", "--yes") == done
    assert row_of(local, f"{name} b") is None


def test_watchlist_write_on_a_terminal_is_a_sentence(local: Cli) -> None:
    name, number = f"W{uuid4().hex}", opened(local)
    assert local.on_terminal("watchlist", "create", name).stdout == f"Created watchlist '{name}'.\n"
    put = local.on_terminal("watchlist", "add", name, number)
    assert put.stdout == f"Added ticket {number} to watchlist '{name}'.\n"
    taken = local.on_terminal("watchlist", "remove", name, number)
    assert taken.stdout == f"Removed ticket {number} from watchlist '{name}'.\n"
    gone = local.on_terminal("watchlist", "delete", name, asked='Type "yes"', typed="yes\n")
    assert gone.stdout.endswith(f"Deleted watchlist '{name}'.\n")


def test_watchlist_bad_input_is_named(local: Cli) -> None:
    missing = "tickiti: There is no watchlist 'Nowhere'.\nSee: tickiti watchlist list\n"
    assert local("watchlist", "delete", "Nowhere", "-y") == Ran(6, "", missing)
    assert local("watchlist", "add", "Nowhere", "220009") == Ran(6, "", missing)
    sentence = "Nothing to change: add --name, --icon, --shared or another flag."
    assert local("watchlist", "edit", "x") == Ran(2, "", f"tickiti: {sentence}\n")
    assert local("watchlist", "add", "x", "y").code == 2


def test_hashtag_is_listed_and_deleted(local: Cli) -> None:
    tag, number = f"t{uuid4().hex}", opened(local)
    assert local("server", "act", number, "--hashtag", tag).code == 0
    assert f"{tag}\t1\n" in local("hashtag", "list").stdout
    assert local("hashtag", "delete", f"#{tag}", "--yes") == Ran(0, f"{tag}\n", "")
    assert tag not in local("hashtag", "list").stdout
    ran = local("hashtag", "delete", tag)
    question = f"Remove hashtag '#{tag}' from all tickets?"
    assert ran == Ran(2, "", f"tickiti: {question} Not a terminal: confirm with --yes.\n")


ROWS = [{"id": "7", "name": "a"}]


@pytest.mark.parametrize(
    "body", [ROWS, {"data": ROWS}, {"watchlists": ROWS}, {"ok": True, "data": {"watchlists": ROWS}}]
)
def test_list_is_read_bare_named_and_under_data(remote: Cli, foreign: Foreign, body: Any) -> None:
    foreign.answers(reply(body))
    assert remote("watchlist", "list") == Ran(0, "7\ta\t\t\t\n", "")


def test_watchlist_create_without_an_id_is_done(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True}))
    ran = remote("watchlist", "create", "Recall")
    told = "Done, but the server's reply lacks: watchlist_id.\n"
    assert ran == Ran(0, "\n", told)
    assert json.loads(foreign.asked[0].body) == {"icon": "eye", "name": "Recall", "shared": False}
