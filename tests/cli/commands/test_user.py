"""`tickiti user`, `tickiti team` and `tickiti staff`: accounts, their queues and their teams."""

import json
from uuid import uuid4

from tests.support.cli import Cli, Ran


def added(local: Cli, *flags: str) -> tuple[str, str]:
    """Id and address of a new user."""
    email = f"{uuid4().hex[:8]}@sole-trader.example"
    ran = local("user", "create", "Ben Stone", email, *flags)
    assert (ran.code, ran.stderr) == (0, "")
    return ran.stdout.strip(), email


def row_of(local: Cli, user: str) -> dict[str, object]:
    rows = json.loads(local("user", "list", "--json").stdout)
    found: dict[str, object] = next(row for row in rows if row["id"] == user)
    return found


def test_a_new_user_is_staff_and_may_become_an_admin(local: Cli) -> None:
    user, email = added(local)
    row = row_of(local, user)
    assert (row["is_staff"], row["is_admin"], row["is_api_user"]) == (True, False, False)
    assert local("user", "edit", email.upper(), "--admin") == Ran(0, f"{user}\n", "")
    assert row_of(local, user)["is_admin"] is True
    assert local("user", "edit", email).code == 2
    missing = local("user", "edit", "nobody@x.example", "--admin")
    assert (missing.code, missing.stderr) == (
        6, "tickiti: There is no user 'nobody@x.example'.\nSee: tickiti user list\n",
    )  # fmt: skip


def test_an_assignee_who_is_not_staff_is_told_how_to_become_one(local: Cli) -> None:
    email = f"{uuid4().hex[:8]}@sole-trader.example"
    create = ("ticket", "create", "--from", email, "-s", "x", "-b", "y")
    number = local(*create).stdout.strip()
    commands = (
        ("ticket", "assign", number, email),
        ("ticket", "respond", number, "--from", "a@b.example", "-b", "x", "--assign", email),
        (*create, "--assign", email),
    )
    for words in commands:
        ran = local(*words)
        assert f"'{email}' is not a member of staff or a team." in ran.stderr
        assert ran.stderr.endswith("tickiti user create NAME EMAIL\n")
    assert local("user", "create", "Anna", email).code == 0
    assert [local(*words).code for words in commands] == [0, 0, 0]


def test_rights_on_a_queue_are_set_one_by_one_and_taken_together(local: Cli) -> None:
    user, email = added(local)
    assert local("user", "grant", email, "Sales", "--no-delete").code == 0

    def sales() -> dict[str, object] | None:
        queues = json.loads(local("queue", "list", "--json").stdout)
        sales_id = next(queue["id"] for queue in queues if queue["name"] == "Sales")
        rights = row_of(local, user)["queues"]
        assert isinstance(rights, list)
        return next((one for one in rights if one["queue_id"] == sales_id), None)

    found = sales()
    assert found is not None
    assert (found["can_view"], found["can_manage"], found["can_delete"]) == (True, True, False)
    assert local("user", "ungrant", email, "Sales", "--yes").code == 0
    after = sales()
    assert after is None or after["can_view"] is False
    assert local("user", "grant", email, "Sales").code == 2


def test_a_team_is_made_changed_and_deleted(local: Cli) -> None:
    _, email = added(local)
    name = f"Returns {uuid4().hex[:6]}"
    made = local("team", "create", name, "--member", email)
    assert (made.code, made.stderr) == (0, "")
    rows = json.loads(local("team", "list", "--json").stdout)
    team = next(row for row in rows if row["name"] == name)
    assert (team["members"], team["key"]) == ([email], f"team:{team['id']}")
    assert local("team", "edit", name, "--name", f"{name} 2").code == 0
    assert local("team", "delete", f"{name} 2", "--yes").code == 0
    assert local("team", "delete", name, "--yes").code == 6


def test_staff_are_found_by_a_part_of_their_address(local: Cli) -> None:
    _, email = added(local)
    rows = json.loads(local("staff", "list", "--search", email[:8], "--json").stdout)
    assert [row["email"] for row in rows] == [email]
