"""Changes of settings run one at a time, whichever servers of a database the requests reach.

A handler looks first (is the name taken, which columns did the row have) and then writes. Where
servers write at the same time, two requests could look before either writes. Settings change
rarely, so that one lock for all of them costs nothing; a ticket, which changes often, is locked by
its row.
"""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from tickiti_cli.contract.endpoint import Ability, Endpoint, Key
from tickiti_server.store.interface import ADMINISTRATION, Transaction

_ADMINISTRATION = {
    Ability.SETTINGS_WRITE,
    Ability.MAIL_WRITE,
    Ability.TEMPLATES_WRITE,
    Ability.WORKFLOW_WRITE,
    Ability.SUPERVISOR_WRITE,
    Ability.ADMINISTRATION_WRITE,
    Ability.SKILLS_WRITE,
}

Others = ParamSpec("Others")
Result = TypeVar("Result")
Effect = Callable[Concatenate[Transaction, Others], Result]


def changes_settings(row: Endpoint) -> bool:
    """Whether a route changes settings. To send a mail does not: its key is required."""
    return row.key is not Key.REQUIRED and not _ADMINISTRATION.isdisjoint(row.needs)


def effect_of(row: Endpoint, effect: Effect[Others, Result]) -> Effect[Others, Result]:
    """The effect of a route's requests; under the lock of settings if the route changes them."""
    if not changes_settings(row):
        return effect

    def alone(tx: Transaction, /, *others: Others.args, **named: Others.kwargs) -> Result:
        tx.lock(ADMINISTRATION)
        return effect(tx, *others, **named)

    return alone
