"""Every endpoint by name: the one list of routes that server, CLI and tests read."""

from types import ModuleType

from tickiti_cli.contract import (
    administration,
    callbacks,
    classic,
    mail,
    outbox,
    reports,
    requests,
    settings,
    staff,
    supervisor,
    templates,
    tickets,
    tokens,
    workflow,
)
from tickiti_cli.contract.endpoint import Endpoint

FAMILIES: dict[str, ModuleType] = {
    "classic": classic,
    "tickets": tickets,
    "settings": settings,
    "mail": mail,
    "templates": templates,
    "workflow": workflow,
    "reports": reports,
    "supervisor": supervisor,
    "administration": administration,
    "tokens": tokens,
    "requests": requests,
    "outbox": outbox,
    "staff": staff,
    "callbacks": callbacks,
}

CATALOGUE: dict[str, Endpoint] = {
    row.name: row for module in FAMILIES.values() for row in module.ROWS
}

ACTIONS: tuple[str, ...] = tuple(sorted({row.action for row in CATALOGUE.values() if row.action}))
"""What a minted idempotency key can be bound to."""
