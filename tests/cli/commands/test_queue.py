"""`tickiti queue`: a queue is made, renamed, emptied into another one and deleted."""

import json
from uuid import uuid4

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, reply


def test_a_queue_is_made_renamed_emptied_and_deleted(local: Cli) -> None:
    name = f"Q {uuid4().hex}"
    made = local("queue", "create", name, "--mailbox", "local", "--json")
    row = json.loads(made.stdout)
    assert (row["name"], row["ticket_count"], row["outgoing_mailbox_id"]) == (name, 0, "1")
    flags = ("--from", "a@b.example", "-s", "x", "-b", "y", "--queue", name)
    number = local("ticket", "create", *flags).stdout.strip()
    assert f"{row['id']}\t{name}\t1\tfalse\n" in local("queue", "list").stdout
    ran = local("queue", "delete", name, "--yes")
    sentence = f"Queue '{name}' still has 1 ticket; move them to another one first."
    assert ran == Ran(8, "", f"tickiti: {sentence}\n")
    assert local("queue", "edit", name, "--name", f"{name} b") == Ran(0, f"{row['id']}\n", "")
    name = f"{name} b"
    listed = {row["name"]: row for row in json.loads(local("queue", "list", "--json").stdout)}
    assert listed[name] == {**row, "name": name, "ticket_count": 1}
    ran = local("queue", "delete", name, "--move-to", "Support", "--yes")
    assert ran == Ran(0, f"{row['id']}\n", "")
    found = local("ticket", "view", number, "--fields", "queue_id").stdout.strip()
    assert found == listed["Support"]["id"]
    assert name not in local("queue", "list").stdout


def test_a_write_says_what_it_did_on_a_terminal(local: Cli) -> None:
    name = f"Q{uuid4().hex}"
    assert local.on_terminal("queue", "create", name).stdout == f"Created queue '{name}'.\n"
    edited = local.on_terminal("queue", "edit", name, "--mailbox", "local")
    assert edited.stdout == f"Updated queue '{name}'.\n"
    deleted = local.on_terminal("queue", "delete", name, asked='Type "yes"', typed="yes\n")
    assert deleted.stdout.endswith(f"Deleted queue '{name}'.\n")


def test_bad_input_is_named_and_nothing_is_changed(local: Cli) -> None:
    before = local("queue", "list").stdout
    missing = "tickiti: There is no queue 'Nowhere'.\nSee: tickiti queue list\n"
    assert local("queue", "edit", "Nowhere", "--name", "x") == Ran(6, "", missing)
    assert local("queue", "delete", "Sales", "--move-to", "Nowhere", "-y") == Ran(6, "", missing)
    mailbox = "tickiti: There is no mailbox 'none'.\nSee: tickiti mailbox list\n"
    assert local("queue", "create", "x", "--mailbox", "none") == Ran(6, "", mailbox)
    taken = "tickiti: Queue 'Sales' already exists.\n"
    assert local("queue", "create", "sales") == Ran(7, "", taken)
    ran = local("queue", "edit", "Sales")
    sentence = "Nothing to change: add --name NAME, --mailbox MAILBOX or --track-resolutions."
    assert ran == Ran(2, "", f"tickiti: {sentence}\n")
    ran = local("queue", "delete", "Sales", "--move-to", "Sales", "--yes")
    message = "tickiti: --move-to: give a queue other than the one to delete.\n"
    assert ran == Ran(2, "", message)
    ran = local("queue", "delete", "Inbox", "--yes")
    assert ran == Ran(7, "", "tickiti: The queue 'Inbox' is built in and stays.\n")
    ran = local("queue", "delete", "Sales", "--move-to", "Support")
    question = "Delete queue 'Sales' and move its tickets to 'Support'?"
    assert ran == Ran(2, "", f"tickiti: {question} Not a terminal: confirm with --yes.\n")
    assert local("queue", "list").stdout == before


def test_a_name_of_digits_comes_before_an_id(remote: Cli, foreign: Foreign) -> None:
    """A vendor's install sends no more than the documented members."""
    rows = [{"id": "7", "name": "Seven"}, {"id": "8", "name": "7"}]
    foreign.answers(*[reply({"queues": rows}), reply({"ok": True}), reply({"queues": rows})])
    assert remote("queue", "edit", "7", "--name", "Seven").code == 0
    sent = json.loads(foreign.asked[1].body)
    assert sent == {"queue_id": "8", "name": "Seven", "outgoing_mailbox_id": None}


def test_queue_list_without_workflow_read_uses_tickets_queues(
    remote: Cli, foreign: Foreign
) -> None:
    refused = failure(403, "missing_ability", "The token lacks workflow:read.")
    foreign.answers(
        refused, reply({"ok": True, "data": {"queues": [{"id": "7", "name": "Inbox"}]}})
    )
    assert remote("queue", "list") == Ran(0, "7\tInbox\t\t\n", "")
    assert [asked.line.split()[1] for asked in foreign.asked] == [
        "/api/v1/workflow/queues", "/api/v1/tickets/queues",
    ]  # fmt: skip
    foreign.asked.clear()
    foreign.answers(refused)
    ran = remote("queue", "list")
    assert (ran.code, "The token lacks workflow:read." in ran.stderr) == (5, True)


def test_queue_edit_track_resolutions_sends_the_member(remote: Cli, foreign: Foreign) -> None:
    rows = [{"id": "7", "name": "Inbox"}]
    foreign.answers(reply(rows), reply({"ok": True}), reply({"data": rows}))
    assert remote("queue", "edit", "Inbox", "--track-resolutions").code == 0
    sent = json.loads(foreign.asked[1].body)
    assert sent["track_resolutions"] is True
