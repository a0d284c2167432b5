"""Whose key it is: whether the token in use is of the family that a key was sent with before.

A server keeps a key for a family of tokens: a token and those that rotations made of it. Under
another family the same key is a new one, and what was done with it would be done a second time.
The rule of this file: what is not known to be the same family is another one.
"""

from typing import TYPE_CHECKING

from tickiti_cli.contract import tokens
from tickiti_cli.contract.errors import Forbidden, NotFound
from tickiti_cli.errors import ForeignReply, NotOffered
from tickiti_cli.journal import Bearer

if TYPE_CHECKING:
    from tickiti_cli.client import Client
    from tickiti_cli.config import Config
    from tickiti_cli.runtime import Runtime

FLAG = "--other-token"
HELP = "Send it with a token of another family too: if it was done, it is done a second time."


def is_the_same(client: "Client", then: Bearer, now: Bearer, *, has_moved: bool = False) -> bool:
    """Whether `now`, the token of `client`, is of the family of `then`. Asks the server only where
    the two differ; an install that shows no tokens knows no families.

    `has_moved`: the server has another address than the one that `then` was sent to, and numbers
    alone say nothing. Raises what the questions raise: no answer is no consent.
    """
    if then.token_digest and then.token_digest == now.token_digest:
        return True
    if None in (then.token_id, now.token_id) or then.token_id == now.token_id or has_moved:
        return False
    try:
        return _is_relative(client, then.token_id)
    except (Forbidden, ForeignReply, NotFound, NotOffered):
        return False


def refuse_another(
    runtime: "Runtime",
    config: "Config",
    then: Bearer,
    *,
    what: str,
    is_allowed: bool,
    has_moved: bool = False,
) -> None:
    """Return if `what` may be sent with the token of `config`: one of the same family, or another
    by the consent of a person or of FLAG (`is_allowed`). Nothing is sent but questions.

    `what` begins the sentence, such as "Operation 20261124T090000-4711053f". Raises UsageProblem
    without consent, and what `is_the_same` raises.
    """
    now = Bearer.of(config.token)
    client = runtime.client_of(config, journal=None, idempotency_key=None)
    if is_allowed or is_the_same(client, then, now, has_moved=has_moved):
        return
    runtime.confirm(
        f"{what} was begun with {_named(then, 'a token that nobody noted')}. "
        f"{_named(now, 'a token without a number').capitalize()} is in use now, which is not known "
        "to be of the same family: if it was done, it would be done a second time. Send it?",
        flag=FLAG,
    )


def _is_relative(client: "Client", token_id: int | None) -> bool:
    """Whether a token is of the family of the client's own. A family has the number of its first
    token; the others are named by the server, or listed to a token that may see them.

    Raises Forbidden where it may not.
    """
    own = client.call(tokens.self_, {}).data
    if own["family"] == token_id:
        return True
    relatives = own.get("family_tokens")
    if isinstance(relatives, list):
        return token_id in relatives
    listed = client.call(tokens.index, {}).data["tokens"]
    return any((row["id"], row["family"]) == (token_id, own["family"]) for row in listed)


def _named(bearer: Bearer, otherwise: str) -> str:
    return f"token {bearer.token_id}" if bearer.token_id is not None else otherwise
