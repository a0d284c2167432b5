"""The catalogue against the published table of v1 routes, a copy of which lies beside this."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from tickiti_cli.contract import callbacks, classic, outbox, requests, staff, tokens
from tickiti_cli.contract.catalogue import ACTIONS, CATALOGUE, FAMILIES
from tickiti_cli.contract.endpoint import Ability, Access, Endpoint, Key, Role

V1 = "/api/v1/"
PUBLISHED = Path(__file__).with_name("v1-routes.tsv")

Row = dict[str, str]


def published_rows() -> dict[str, Row]:
    with PUBLISHED.open(newline="") as table:
        return {row["name"]: row for row in csv.DictReader(table, delimiter="\t")}


def as_published(endpoint: Endpoint) -> Row:
    """Our row in the columns of the vendor's table."""
    return {
        "name": endpoint.name,
        "path": endpoint.path.removeprefix(V1),
        "abilities": ",".join(endpoint.needs),
        "role": endpoint.role.name.lower() if endpoint.role else "",
        "sysadmin": "yes" if endpoint.sysadmin else "",
        "plans": ",".join(endpoint.plans),
        "params": ",".join(endpoint.params),
        "key_required": "yes" if endpoint.key is Key.REQUIRED else "",
    }


def test_v1_rows_are_the_published_table() -> None:
    ours = {row.name: as_published(row) for row in CATALOGUE.values() if row.path.startswith(V1)}
    assert ours == published_rows()


def test_the_published_table_has_108_routes() -> None:
    assert len(published_rows()) == 108


def test_classic_rows_are_the_documented_eight() -> None:
    assert [(row.path, row.needs, row.key) for row in classic.ROWS] == [
        ("/api/create_ticket", (Ability.CREATE_TICKET,), Key.REQUIRED),
        ("/api/ticket_respond", (Ability.TICKET_RESPOND,), Key.REQUIRED),
        ("/api/send_email", (Ability.SEND_EMAIL,), Key.REQUIRED),
        ("/api/render_template", (Ability.SEND_EMAIL,), Key.REQUIRED),
        ("/api/idempotency_key", (), Key.NONE),
        ("/api/tickiti_api_index", (Ability.TICKET_INDEX,), Key.NONE),
        ("/api/tickets/create", (Ability.CREATE_TICKET,), Key.OPTIONAL),
        ("/api/tickets/{number}/respond", (Ability.TICKET_RESPOND,), Key.OPTIONAL),
    ]


@pytest.mark.parametrize("column", ["name", "path"])
def test_no_two_rows_share_a_name_or_a_path(column: str) -> None:
    seen = Counter(getattr(row, column) for module in FAMILIES.values() for row in module.ROWS)
    assert [value for value, times in seen.items() if times > 1] == []


def test_every_row_of_a_module_is_listed_in_its_rows() -> None:
    for name, module in FAMILIES.items():
        defined = {value for value in vars(module).values() if isinstance(value, Endpoint)}
        assert defined == set(module.ROWS), name


def test_classic_and_v1_vocabularies_never_open_each_others_routes() -> None:
    for row in CATALOGUE.values():
        is_v1_row = row.path.startswith(V1)
        assert all((":" in ability) == is_v1_row for ability in row.needs), row.name


def test_only_the_servers_own_administration_asks_for_manage_tokens() -> None:
    asking = {row.name for row in CATALOGUE.values() if Ability.MANAGE_TOKENS in row.needs}
    ours = (*tokens.ROWS, *requests.ROWS, *outbox.ROWS, *staff.ROWS, *callbacks.ROWS)
    assert asking == {row.name for row in ours if row.access is Access.ABILITY}
    assert all(CATALOGUE[name].path.startswith("/_tickiti/") for name in asking)


def test_a_row_without_abilities_says_who_may_call_it() -> None:
    for row in CATALOGUE.values():
        assert bool(row.needs) == (row.access is Access.ABILITY), row.name


def test_a_minted_key_can_be_bound_to_exactly_the_actions_that_take_a_key() -> None:
    assert ACTIONS == ("create_ticket", "render_template", "send_email", "ticket_respond")
    for row in CATALOGUE.values():
        assert bool(row.action) == (row.key is not Key.NONE), row.name


def test_a_key_is_taken_only_where_something_is_written() -> None:
    assert all(row.writes for row in CATALOGUE.values() if row.key is not Key.NONE)


def test_a_write_ability_implies_its_read() -> None:
    readers = [
        row for row in CATALOGUE.values() if any(need.endswith(":read") for need in row.needs)
    ]
    for row in readers:
        family = row.needs[0].partition(":")[0]
        expected = {Ability(f"{family}:read")}
        if family != "reports":
            expected.add(Ability(f"{family}:write"))
        assert set(row.needs) == expected, row.name


def test_a_higher_role_includes_the_lower_ones() -> None:
    assert Role.ANY < Role.STAFF < Role.ADMIN < Role.SUPERUSER
