"""Sends the requests that make the entries of seeds, each at the time of its entry.

Rule: an error names file, entry and field.
"""

from collections.abc import Mapping
from typing import Any

from tickiti_cli.contract.errors import ApiError
from tickiti_server.api.call import Call
from tickiti_server.api.seeds.entries import Entry
from tickiti_server.api.seeds.kinds import SENT_AS, TICKET
from tickiti_server.api.seeds.moments import made_at
from tickiti_server.api.seeds.refused import SeedRefused
from tickiti_server.api.seeds.requests import carry_out, handlers_by_name, no_log
from tickiti_server.auth.authenticate import caller_of
from tickiti_server.clock import Microseconds
from tickiti_server.idempotency.minted_keys import KeyMinter, signing_secret
from tickiti_server.store.interface import Transaction


class SeedSender:
    """The sender of one transaction: the owner of a token."""

    def __init__(self, tx: Transaction, token_id: int, now: Microseconds) -> None:
        self.tx, self.now = tx, now
        self._token_id = token_id
        self._key_minter, self._log = KeyMinter(signing_secret(tx)), no_log()
        self._sent = 0

    def send(self, endpoint: str, body: Mapping[str, Any], entry: Entry) -> Any:
        """Send one request, and return its reply. Raises SeedRefused."""
        try:
            return carry_out(handlers_by_name()[endpoint], self.call(entry), body)
        except ApiError as error:
            raise SeedRefused(f"{entry.where}: {_sentence(error, entry)}") from error

    def call(self, entry: Entry) -> Call:
        """A call at the time of an entry. Raises SeedRefused."""
        self._sent += 1
        return Call(
            tx=self.tx,
            caller=caller_of(self.tx, self._token_id),
            now=self.time_of(entry),
            key_minter=self._key_minter,
            request_log=self._log,
            request_id=f"seed-{self._sent}",
        )

    def time_of(self, entry: Entry) -> Microseconds:
        """When an entry was made. Raises SeedRefused."""
        try:
            return made_at(entry.fields, self.now)
        except SeedRefused as error:
            raise SeedRefused(f"{entry.where}: {error}") from None


_NAMES = {
    **{api: own for own, api in SENT_AS.items()},
    "originator_email_address": "from",
    "template_identifier": "template",
    "assign": "assigned",
    "watchlist": "watchlists",
}
"""The fields of tickets by their names in the API."""


def _sentence(error: ApiError, entry: Entry) -> str:
    """The error with the field that it is about, by its name in the seed."""
    names = _NAMES if entry.kind == TICKET else {}
    errors = getattr(error, "errors", None) or {}
    for field, sentences in errors.items():
        last = [part for part in field.split(".") if not part.isdecimal()][-1]  # abilities.0
        own = names.get(last, last)
        return f"{own}: {' '.join(sentences).replace(f'The {field} field', f'The {own} field')}"
    return str(error)
