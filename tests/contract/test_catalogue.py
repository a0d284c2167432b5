"""The catalogue equals the published table of v1 routes, a copy of which lies beside this file."""

from collections import Counter

import pytest

from tests.support.published import V1, Row, published_rows
from tickiti_cli.contract import classic
from tickiti_cli.contract.bundled import callbacks, outbox, requests, staff, tokens
from tickiti_cli.contract.catalogue import ACTIONS, CATALOGUE, FAMILIES
from tickiti_cli.contract.endpoint import Ability, Access, Endpoint, Key, Role
from tickiti_cli.contract.v1 import october


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
        "method": endpoint.method,
        "body": endpoint.body,
    }


def test_v1_rows_equal_the_published_table() -> None:
    ours = {row.name: as_published(row) for row in CATALOGUE.values() if row.path.startswith(V1)}
    assert ours == published_rows()


def test_published_table_has_155_routes() -> None:
    assert len(published_rows()) == 155


def test_classic_rows_are_the_eight_documented_routes() -> None:
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
def test_rows_have_unique_names_and_paths(column: str) -> None:
    seen = Counter(getattr(row, column) for module in FAMILIES.values() for row in module.ROWS)
    assert [value for value, times in seen.items() if times > 1] == []


def test_rows_of_a_module_are_all_listed() -> None:
    for name, module in FAMILIES.items():
        defined = {value for value in vars(module).values() if isinstance(value, Endpoint)}
        assert defined == set(module.ROWS), name


def test_abilities_of_classic_and_v1_open_no_route_of_the_other() -> None:
    for row in CATALOGUE.values():
        if row.name != "interventions.accept":
            assert all((":" in ability) == row.is_v1 for ability in row.needs), row.name


def test_manage_tokens_opens_the_own_administration_alone() -> None:
    asking = {row.name for row in CATALOGUE.values() if Ability.MANAGE_TOKENS in row.needs}
    ours = (*tokens.ROWS, *requests.ROWS, *outbox.ROWS, *staff.ROWS, *callbacks.ROWS)
    assert asking == {row.name for row in ours if row.access is Access.ABILITY} | {"page.link"}
    assert all(CATALOGUE[name].path.startswith("/_tickiti/") for name in asking)


def test_row_without_abilities_names_its_callers() -> None:
    for row in CATALOGUE.values():
        assert bool(row.needs) == (row.access is Access.ABILITY), row.name


def test_minted_key_actions_are_the_four_documented_actions() -> None:
    assert ACTIONS == ("create_ticket", "render_template", "send_email", "ticket_respond")
    for row in CATALOGUE.values():
        assert not row.action or row.key is not Key.NONE, row.name


def test_key_is_taken_by_writing_rows_alone() -> None:
    assert all(row.writes for row in CATALOGUE.values() if row.key is not Key.NONE)


def test_write_ability_implies_its_read_ability() -> None:
    readers = [
        row for row in CATALOGUE.values() if any(need.endswith(":read") for need in row.needs)
    ]
    for row in readers:
        family = row.needs[0].partition(":")[0]
        family = "skills" if family == "axial" else family
        expected = {Ability(f"{family}:read")}
        if family != "reports":
            expected.add(Ability(f"{family}:write"))
        assert set(row.needs) == expected, row.name


def test_higher_role_includes_the_lower_roles() -> None:
    assert Role.ANY < Role.STAFF < Role.ADMIN < Role.SUPERUSER


def test_october_rows_are_47_of_the_catalogue() -> None:
    """The list from which exit 15 is told: each is a row, and an install of June lacks it."""
    assert len(october.ADDED) == 47
    assert CATALOGUE.keys() >= october.ADDED
