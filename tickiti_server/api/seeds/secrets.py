"""The secrets that seeds make: of tokens, of their rotations, and of interventions.

Rule: a secret goes to a file, so that it outlives what the seed was applied to. The server's start
makes its seeds again for the state that a reset returns to, and then the secret is the former one:
`store/sqlite/test_mode/kept.py` keeps tokens by the records of settings named here.
"""

from typing import NamedTuple

from tickiti_server.api.seeds.entries import Entry, parts_of
from tickiti_server.api.seeds.sender import SeedSender
from tickiti_server.store.access.settings import find_setting, set_setting
from tickiti_server.store.outgoing import interventions


class SeededToken(NamedTuple):
    """A secret that a seed has made, and the file that it goes to."""

    name: str
    """The name of its token or intervention."""

    token: str
    secret_file: str | None
    file: str
    """The seed, beside which the file of the secret is."""


def secret_of(entry: Entry, token: str) -> list[SeededToken]:
    """The secret that an entry has made, unless the entry discards it."""
    if entry.fields.get("discard_secret"):
        return []
    return [SeededToken(entry.identity, token, entry.fields.get("secret_file"), entry.file)]


def rotate_token(sender: SeedSender, entry: Entry, token_id: int) -> list[SeededToken]:
    """Carry out the rotation of a token that an entry has, and return the new one."""
    made: list[SeededToken] = []
    for rotation in parts_of(entry, "rotation"):
        body = {"id": token_id, **rotation.sent_fields}
        reply = sender.send("tokens.rotate", body, rotation)
        set_setting(
            sender.tx, f"seed token-rotation {entry.identity}", f"{entry.digest} {reply['id']}"
        )
        made += secret_of(rotation, reply["token"])
    return made


def sign_intervention(sender: SeedSender, entry: Entry, intervention_id: int) -> list[SeededToken]:
    """Make the secret that signs an intervention's webhooks, if its entry has one.

    Return the secret unless it is a former one.
    """
    made: list[SeededToken] = []
    for token in parts_of(entry, "token"):
        body = {"intervention_id": intervention_id, **token.sent_fields}
        secret = sender.send("workflow.interventions.generate_token", body, token)["token"]
        record = f"seed intervention-secret {entry.identity}"
        known = (find_setting(sender.tx, record) or "").partition(" ")
        if known[0] == entry.digest:
            interventions.set_secret(sender.tx, intervention_id, known[2])
            continue
        set_setting(sender.tx, record, f"{entry.digest} {secret}")
        made += secret_of(token, secret)
    return made
