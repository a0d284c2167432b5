"""Checks that the token in use belongs to the family that sent a key before.

A server keeps a key for a family of tokens: a token and its successors by rotation. Under another
family the same key is a new one, so that the operation would be done a second time.
Rule: a family that is not known to be the same is another one.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tickiti_cli.api.journal.journal import Bearer
from tickiti_cli.contract.bundled import tokens
from tickiti_cli.contract.errors import Forbidden, NotFound
from tickiti_cli.errors import ForeignReply, NotOffered

if TYPE_CHECKING:
    from tickiti_cli.api.sender import Sender
    from tickiti_cli.config.resolution import Config

FLAG = "--other-token"
HELP = "Send with another token, possibly a second time"


def is_the_same(client: "Sender", then: Bearer, now: Bearer, *, has_moved: bool = False) -> bool:
    """True if `now`, the token of `client`, belongs to the family of `then`. Asks the server only
    where the two differ.

    `has_moved`: the server has another address than before, so that equal numbers prove nothing.
    Raises the errors of the requests, because a missing answer is not a consent.
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
    sender: "Sender",
    config: "Config",
    then: Bearer,
    *,
    what: str,
    confirm: Callable[..., object],
    is_allowed: bool,
    has_moved: bool = False,
) -> None:
    """Raises UsageProblem unless `what` may be sent with the token of `config`: a token of the same
    family, or a token of another family with the consent of a person or of FLAG (`is_allowed`).
    `sender` asks the server; `confirm(question, flag=...)` asks the person.

    `what` begins the sentence, such as "Operation 20261124T090000-4711053f". Only reads are sent.
    """
    now = Bearer.of(config.token)
    if is_allowed or is_the_same(sender, then, now, has_moved=has_moved):
        return
    confirm(
        f"{what} used {_named(then, 'an unknown token')}. "
        f"{_named(now, 'a token without an ID').capitalize()} is in use now and may be of another "
        "family; then a write that was applied would be applied a second time. Send it?",
        flag=FLAG,
    )


def _is_relative(client: "Sender", token_id: int | None) -> bool:
    """True if a token belongs to the family of the client's own token. A family has the number of
    its first token.

    Raises Forbidden where the client may not list tokens.
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
