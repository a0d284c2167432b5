"""Stores what the vendor's administration screens keep, in table `setting`.

A setting of the system is a row of its own; each of the other screens is one JSON object.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from tickiti_server.store.access import settings
from tickiti_server.store.interface import Transaction

BRANDING = "branding"
CUSTOM_DOMAIN = "custom_domain"
ASSISTANT = "ai"

PERMISSIVE = "permissive"
"""The model under which a new queue gives every staff user all three rights. The default."""


class SystemSettings(NamedTuple):
    """The settings of the system, with the defaults of a new database."""

    permissions_model: str = PERMISSIVE
    """Under `permissive` new queues and new staff get all rights automatically; under
    `restrictive` they get none."""

    max_attachment_mb: int = 50
    """An upload is bound by this and by 25 MiB, whichever is smaller."""

    notification_mode: str = "full"
    max_responses_in_mail: int = 10
    sent_mail_retention_days: int = 365

    @property
    def is_permissive(self) -> bool:
        """Whether new queues and new staff automatically get all rights."""
        return self.permissions_model == PERMISSIVE


_DEFAULTS = SystemSettings()._asdict()


def find_system_settings(tx: Transaction) -> SystemSettings:
    found = {name: settings.find_setting(tx, name) for name in _DEFAULTS}
    stored = {name: type(_DEFAULTS[name])(text) for name, text in found.items() if text is not None}
    return SystemSettings()._replace(**stored)


def set_system_settings(tx: Transaction, changes: Mapping[str, Any]) -> None:
    """Set some settings of the system; the others stay."""
    for name in changes.keys() & _DEFAULTS.keys():
        settings.set_setting(tx, name, str(changes[name]))


def find_members(tx: Transaction, name: str) -> dict[str, Any]:
    """Return the members of a JSON setting that are set."""
    text = settings.find_setting(tx, name)
    found: dict[str, Any] = {} if text is None else json.loads(text)
    return found


def set_members(tx: Transaction, name: str, changes: Mapping[str, Any]) -> None:
    """Set members of a JSON setting; the others stay. None takes a member out."""
    members = {**find_members(tx, name), **changes}
    there = {member: value for member, value in members.items() if value is not None}
    settings.set_setting(tx, name, json.dumps(there))
