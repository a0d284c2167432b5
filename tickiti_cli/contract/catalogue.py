"""Every endpoint by name: the one list of routes that server, CLI and tests read."""

from types import ModuleType

from tickiti_cli.contract import classic
from tickiti_cli.contract.bundled import callbacks, outbox, page, requests, staff, tokens
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.v1 import (
    administration,
    axial,
    mail,
    open_routes,
    reports,
    settings,
    supervisor,
    templates,
    tickets,
    workflow,
)

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
    "axial": axial,
    "open_routes": open_routes,
    "tokens": tokens,
    "requests": requests,
    "outbox": outbox,
    "staff": staff,
    "callbacks": callbacks,
    "page": page,
}

CATALOGUE: dict[str, Endpoint] = {
    row.name: row for module in FAMILIES.values() for row in module.ROWS
}

ACTIONS: tuple[str, ...] = tuple(sorted({row.action for row in CATALOGUE.values() if row.action}))
"""The actions that a minted idempotency key can be bound to."""
