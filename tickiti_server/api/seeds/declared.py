"""Seeds that declare the content of a helpdesk: users, queues, templates, tickets with their
threads, tokens.

Rule: all entries are applied in one transaction, or none. An entry that a seed has made before is
left as it is, so that the same seed twice changes nothing.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from tickiti_cli.contract.errors import ApiError, ValidationFailed
from tickiti_cli.contract.file_types import media_type
from tickiti_cli.contract.vocabulary import PRIORITIES
from tickiti_server.api.call import Call
from tickiti_server.api.seeds.entries import Entry, Seed, check_shapes, entries_of
from tickiti_server.api.seeds.kinds import KINDS, RESPONSE_FIELDS, SENT_AS, SIMPLE, TICKET, WHEN
from tickiti_server.api.seeds.refused import SeedRefused
from tickiti_server.api.seeds.seed import (
    carry_out,
    handlers_by_name,
    no_log,
    seconds_of,
)
from tickiti_server.auth.authenticate import caller_of
from tickiti_server.clock import SECOND, Microseconds, midnight_of
from tickiti_server.idempotency.minted_keys import KeyMinter, signing_secret
from tickiti_server.store.access.settings import find_setting, set_setting
from tickiti_server.store.files import uploads
from tickiti_server.store.helpdesk import people, queues
from tickiti_server.store.interface import Transaction

EARLIEST, LATEST = midnight_of("1970-01-01"), midnight_of("9000-01-01")
"""The moments that an entry can be made at: those that a test clock can be set to."""


class SeededToken(NamedTuple):
    """A token that a seed has made, and the file that its secret goes to."""

    name: str
    token: str
    secret_file: str | None


def apply_seeds(
    tx: Transaction, seeds: Sequence[Seed], *, token_id: int, now: Microseconds
) -> list[SeededToken]:
    """Make every entry that no seed has made before, as the owner of a token.

    Raises SeedRefused, which names file, entry and field.
    """
    entries = [entry for seed in seeds for entry in entries_of(seed)]
    seeding = _Seeding(tx, token_id, now)
    for kind in KINDS:
        for entry in entries:
            if entry.kind == kind:
                seeding.apply(entry)
    return seeding.tokens


class _Seeding:
    """The application of entries in one transaction."""

    def __init__(self, tx: Transaction, token_id: int, now: Microseconds) -> None:
        self._tx, self._token_id, self._now = tx, token_id, now
        self._key_minter, self._log = KeyMinter(signing_secret(tx)), no_log()
        self._sent = 0
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
        try:
            made = self._ticket(entry) if entry.kind == TICKET else self._simple(entry)
        except ApiError as error:
            raise SeedRefused(f"{entry.where}: {_sentence(error)}") from error
        set_setting(self._tx, entry.record, f"{entry.digest} {made}")

    def _simple(self, entry: Entry) -> object:
        """Make an entry of one request, and return its id."""
        kind = SIMPLE[entry.kind]
        if entry.kind == "queue" and (row := queues.find_queue_by_name(self._tx, entry.identity)):
            return row["id"]  # Inbox, and the queues of the demo
        body = {**kind.defaults, **_without(entry.fields, kind.own | WHEN)}
        if "members" in entry.fields:
            body["user_ids"] = [self._user(email) for email in entry.fields["members"]]
        made = self._send(kind.endpoint, body, entry)
        if entry.kind == "token":
            secret_file = entry.fields.get("secret_file")
            self.tokens.append(SeededToken(entry.identity, made["token"], secret_file))
        return made.get("id") or made.get(f"{entry.kind}_id") or ""

    def _user(self, email: str) -> int:
        row = people.find_person(self._tx, str(email))
        if row is None:
            raise ValidationFailed.of("members", f"There is no user '{email}'.")
        return int(row["id"])

    def _ticket(self, entry: Entry) -> object:
        """Make a ticket and its thread, and return its number."""
        fields = entry.fields
        data = {"subject": fields.get("subject"), "content": fields.get("body")}
        for name in ("queue", "assigned", "priority", "status", "on_hold_until"):
            if name in fields:
                data[SENT_AS.get(name, name)] = fields[name]
        if "priority" in data:
            data["priority"] = PRIORITIES.get(str(data["priority"]), data["priority"])
        body = {
            "originator_email_address": fields.get("from"),
            "use_passed_originator_as_responder": True,
            "is_public": not fields.get("internal", False),
            "data": data,
            "attachments": self._files(fields, entry),
        }
        number = self._send("tickets.create", body, entry)["ticket_number"]
        self._act(number, entry)
        for position, response in enumerate(fields.get("response", []), start=1):
            where = f"{entry.where}: response {position}"
            self._respond(int(number), entry._replace(where=where, fields=response))
        return number

    def _act(self, number: object, entry: Entry) -> None:
        """Add the hashtags of a ticket, and put it on its watchlists."""
        acts: list[dict[str, Any]] = [
            {"watchlist": self._watchlist(name)} for name in entry.fields.get("watchlists", [])
        ]
        if tags := entry.fields.get("hashtags"):
            acts.append({"hashtags": tags})
        for act in acts:
            self._send("staff.act", {"ticket_number": int(str(number)), **act}, entry)

    def _watchlist(self, name: str) -> int:
        found = find_setting(self._tx, f"seed watchlist {name}")
        if found is None:
            raise ValidationFailed.of("watchlists", f"No seed has a watchlist '{name}'.")
        return int(found.partition(" ")[2])

    def _respond(self, number: int, entry: Entry) -> None:
        fields = entry.fields
        if unknown := sorted(fields.keys() - RESPONSE_FIELDS):
            raise SeedRefused(f"{entry.where}: {unknown[0]}: not a field")
        check_shapes(fields, entry.where)
        body = {
            SENT_AS.get(name, name): value for name, value in fields.items() if name not in WHEN
        }
        body |= {"ticket_number": number, "attachments": self._files(fields, entry)}
        try:
            self._send("tickets.respond", body, entry)
        except ApiError as error:
            raise SeedRefused(f"{entry.where}: {_sentence(error)}") from error

    def _files(self, fields: Mapping[str, Any], entry: Entry) -> list[dict[str, str]]:
        return [self._file(one, entry) for one in fields.get("attachments", [])]

    def _file(self, attachment: Any, entry: Entry) -> dict[str, str]:
        """Store a file as its upload does. The client has put its bytes into the seed."""
        try:
            name, content = attachment["name"], base64.b64decode(attachment["content_base64"])
        except (KeyError, TypeError, ValueError):
            raise SeedRefused(f"{entry.where}: attachments: not a file") from None
        call, digest = self._call(entry), sha256(content).hexdigest()
        row = uploads.find_file(self._tx, digest)
        file_id = int(row["id"]) if row else self._stored(call, name, content, digest)
        family_id = call.caller.family_id
        uploads.note_upload(self._tx, file_id, family_id=family_id, name=name, now=call.now)
        return {"sha256": digest, "name": name}

    def _stored(self, call: Call, name: str, content: bytes, digest: str) -> int:
        file_id = None
        for position, start in enumerate(range(0, len(content), uploads.PIECE)):
            piece = content[start : start + uploads.PIECE]
            file_id = uploads.append_piece(
                self._tx, file_id, position=position, content=piece, now=call.now
            )
        if file_id is None:
            raise ValidationFailed.of("attachments", f"File '{name}' is empty.")
        uploads.complete_file(
            self._tx, file_id, sha256=digest, file_size=len(content),
            mime_type=media_type(content, name), now=call.now,
        )  # fmt: skip
        return file_id

    def _send(self, endpoint: str, body: Mapping[str, Any], entry: Entry) -> Any:
        return carry_out(handlers_by_name()[endpoint], self._call(entry), body)

    def _call(self, entry: Entry) -> Call:
        """A call at the time of an entry. Raises SeedRefused."""
        self._sent += 1
        try:
            moment = _moment(entry.fields, self._now)
        except (ValueError, SeedRefused) as error:
            raise SeedRefused(f"{entry.where}: {error}") from None
        return Call(
            tx=self._tx,
            caller=caller_of(self._tx, self._token_id),
            now=moment,
            key_minter=self._key_minter,
            request_log=self._log,
            request_id=f"seed-{self._sent}",
        )


def _moment(fields: Mapping[str, Any], now: Microseconds) -> Microseconds:
    """When an entry was made: `at` a moment, or `ago`. Raises ValueError and SeedRefused.

    A moment outside the years of a test clock is refused, because no list could show it.
    """
    name = "at" if "at" in fields else "ago"
    found = _at(fields["at"]) if name == "at" else now - seconds_of(_ago(fields)) * SECOND
    if not EARLIEST <= found < LATEST:
        raise ValueError(f"{name}: '{fields[name]}' is not within the years 1970 to 8999")
    return found


def _ago(fields: Mapping[str, Any]) -> str:
    return str(fields.get("ago", "0s"))


def _at(moment: object) -> Microseconds:
    try:
        found = datetime.fromisoformat(str(moment))
    except ValueError:
        raise ValueError(f"at: '{moment}' is not a moment such as 2026-11-24T09:00Z") from None
    if found.tzinfo is None:
        raise ValueError(f"at: '{moment}' has no offset; add one, such as Z")
    return int(found.timestamp() * SECOND)


def _without(fields: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _sentence(error: ApiError) -> str:
    """The error with the field that it is about, by its name in the seed."""
    named = {api: own for own, api in SENT_AS.items()} | {"originator_email_address": "from"}
    errors = getattr(error, "errors", None) or {}
    for field, sentences in errors.items():
        last = [part for part in field.split(".") if not part.isdecimal()][-1]  # abilities.0
        own = named.get(last, last)
        return f"{own}: {' '.join(sentences).replace(f'The {field} field', f'The {own} field')}"
    return str(error)
