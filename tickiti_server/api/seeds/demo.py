"""The data of `tickiti server start --demo`: a small shoe shop's helpdesk, in `demo.toml`.

The examples in the help name this data, so that each of them works on a new demo server.
"""

from importlib.resources import files

from tickiti_server.api.mail.send import default_mailbox
from tickiti_server.api.seeds.seed import apply_seed, read_seed
from tickiti_server.clock import Microseconds
from tickiti_server.store.access.settings import MAIL_FROM, find_setting, set_setting
from tickiti_server.store.interface import Transaction


def add_demo_data(tx: Transaction, *, token_id: int, now: Microseconds) -> None:
    """Add the data to a new database, as the owner of its first token."""
    text = files("tickiti_server.api.seeds").joinpath("demo.toml").read_text("utf-8")
    local = default_mailbox(tx)["address"]
    apply_seed(tx, read_seed(text), token_id=token_id, now=now)
    # Or the mailbox that cannot deliver would be the one that sends by default.
    if find_setting(tx, MAIL_FROM) is None:
        set_setting(tx, MAIL_FROM, local)
