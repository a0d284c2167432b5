"""Seeds that declare the content of a helpdesk: users, queues, templates, tickets with their
threads, mail, tokens.

Rule: all entries are applied in one transaction, or none. An entry that a seed has made before is
left as it is, so that the same seed twice changes nothing.
"""

from collections.abc import Sequence

from tickiti_server.api.seeds.entries import Entry, Seed, entries_of
from tickiti_server.api.seeds.kinds import KINDS, SIMPLE, TICKET
from tickiti_server.api.seeds.refused import SeedRefused
from tickiti_server.api.seeds.secrets import (
    SeededToken,
    rotate_token,
    secret_of,
    sign_intervention,
)
from tickiti_server.api.seeds.sender import SeedSender
from tickiti_server.api.seeds.tickets import make_ticket
from tickiti_server.clock import Microseconds
from tickiti_server.store.access.settings import find_setting, set_setting
from tickiti_server.store.helpdesk import people, queues
from tickiti_server.store.interface import Transaction


def apply_seeds(
    tx: Transaction, seeds: Sequence[Seed], *, token_id: int, now: Microseconds
) -> list[SeededToken]:
    """Make every entry that no seed has made before, as the owner of a token.

    Raises SeedRefused, which names file, entry and field.
    """
    entries = [entry for seed in seeds for entry in entries_of(seed)]
    seeding = _Seeding(SeedSender(tx, token_id, now))
    for kind in KINDS:
        for entry in entries:
            if entry.kind == kind:
                seeding.apply(entry)
    return seeding.tokens


class _Seeding:
    """The application of entries in one transaction."""

    def __init__(self, sender: SeedSender) -> None:
        self._sender, self._tx = sender, sender.tx
        self.tokens: list[SeededToken] = []

    def apply(self, entry: Entry) -> None:
        """Make the entry unless a seed has made it. Raises SeedRefused."""
        known = find_setting(self._tx, entry.record)
        if known is not None:
            if known.partition(" ")[0] != entry.digest:
                raise SeedRefused(
                    f"{entry.where}: differs from the entry that was seeded before; empty the"
                    " server first: tickiti server reset"
                )
            return
        is_ticket = entry.kind == TICKET
        made = make_ticket(self._sender, entry) if is_ticket else self._simple(entry)
        set_setting(self._tx, entry.record, f"{entry.digest} {made}")

    def _simple(self, entry: Entry) -> object:
        """Make an entry of one request and what belongs to it, and return its id."""
        kind = SIMPLE[entry.kind]
        if entry.kind == "queue" and (row := queues.find_queue_by_name(self._tx, entry.identity)):
            return row["id"]  # Inbox, and the queues of the demo
        body = {**kind.defaults, **entry.sent_fields}
        if "members" in entry.fields:
            body["user_ids"] = [self._user(entry, email) for email in entry.fields["members"]]
        made = self._sender.send(kind.endpoint, body, entry)
        found = made.get("id") or made.get(f"{entry.kind}_id") or ""
        if entry.kind == "token":
            self.tokens += secret_of(entry, made["token"])
            self.tokens += rotate_token(self._sender, entry, int(found))
        if entry.kind == "intervention":
            self.tokens += sign_intervention(self._sender, entry, int(found))
        return found

    def _user(self, entry: Entry, email: str) -> int:
        row = people.find_person(self._tx, email)
        if row is None:
            raise SeedRefused(f"{entry.where}: members: There is no user '{email}'.")
        return int(row["id"])
