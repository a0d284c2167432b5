"""Keys that the server mints."""

import json
from hashlib import sha256

from tests.support.cli import Cli, Ran, Served

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")


def test_a_minted_key_is_alone_on_stdout_and_works_for_its_action_only(local: Cli) -> None:
    key = local("idempotency", "mint", "--action", "create_ticket").stdout.strip()
    first = local(*CREATE, "--idempotency-key", key)
    assert first.code == 0
    assert local(*CREATE, "--idempotency-key", key) == first
    answer = ("ticket", "respond", first.stdout.strip(), "--from", "a@b.example", "-b", "z")
    refused = local(*answer, "--idempotency-key", key, "--json")
    assert (refused.code, json.loads(refused.stderr)["error"]["code"]) == (
        7,
        "idempotency_key_invalid",
    )


def test_minting_a_key_needs_no_token(run: Cli, served: Served) -> None:
    ran = run("idempotency", "mint", "--base-url", served.base_url, "--json")
    assert set(json.loads(ran.stdout)) == {"idempotency_key", "action", "expires_at"}


def test_a_key_used_for_something_else_is_a_conflict(local: Cli) -> None:
    assert local(*CREATE, "--idempotency-key", "used").code == 0
    assert local(*CREATE[:-1], "other", "--idempotency-key", "used") == Ran(
        8,
        "",
        "tickiti: This Idempotency-Key was used for a different request; use a new key for a new "
        "one.\nLeave --idempotency-key out to start a new operation.\n",
    )


def test_a_derived_key_depends_on_fields_and_values_alone(run: Cli) -> None:
    ran = run("idempotency", "derive", "order=7", "kind=ä")
    assert ran == run("idempotency", "derive", "kind=ä", "order=7")
    digest = sha256('[["kind","ä"],["order","7"]]'.encode()).hexdigest()
    assert ran == Ran(0, f"derived-{digest}\n", "")
    assert run("idempotency", "derive", "order").code == 2
    assert run("idempotency", "derive", "a=1", "a=2").code == 2
