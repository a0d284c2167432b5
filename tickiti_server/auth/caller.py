"""The caller of a request: the token that the request carries, and the user it acts for."""

from typing import NamedTuple

from tickiti_cli.contract.endpoint import AnyAbility, Role


class Caller(NamedTuple):
    """The token of a request, and the rights of its user."""

    token_id: int
    family_id: int
    abilities: frozenset[AnyAbility]
    person_id: int
    """Id of the user that the token acts for."""

    role: Role = Role.ANY
    is_sysadmin: bool = False
    is_exempt: bool = False
    """Whether queue rights do not bind the user: the system user and API accounts."""


NOBODY = Caller(token_id=0, family_id=0, abilities=frozenset(), person_id=0)
"""The caller of a public route."""
