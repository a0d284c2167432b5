"""The data of `tickiti server start --demo`: a small shoe shop's helpdesk, the seed `demo.toml`.

The examples in the help name this data, so that each of them works on a new demo server.
"""

import tomllib
from importlib.resources import files

from tickiti_server.api.mail.send import default_mailbox
from tickiti_server.api.seeds.declared import apply_seeds
from tickiti_server.api.seeds.entries import Seed
from tickiti_server.clock import Microseconds
from tickiti_server.store.access.settings import MAIL_FROM, find_setting, set_setting
from tickiti_server.store.interface import Transaction

DEMO = "demo.toml"


def add_demo_data(tx: Transaction, *, token_id: int, now: Microseconds) -> None:
    """Add the data to a new database, as the owner of its first token."""
    text = files("tickiti_server.api.seeds").joinpath(DEMO).read_text("utf-8")
    local = default_mailbox(tx)["address"]
    apply_seeds(tx, [Seed(DEMO, tomllib.loads(text))], token_id=token_id, now=now)
    # Or the mailbox that cannot deliver would be the one that sends by default. No entry: the
    # default sender belongs to the start of a server, as its flag --mail-from does.
    if find_setting(tx, MAIL_FROM) is None:
        set_setting(tx, MAIL_FROM, local)
