"""Finds the text of a new token in the reply that shows it, the only time that it is shown."""

from collections.abc import Iterator, Mapping
from typing import Any

from tickiti_cli.contract.token_format import split_token
from tickiti_cli.errors import ForeignReply


def row_with_secret(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply's members with `token` and its number as `id`.

    Any member of the form `<digits>|<secret>` is the token, at the top or under `data`, because no
    document of the vendor names the member. Raises ForeignReply with unknown outcome where there is
    none: the token exists, and nobody has it.
    """
    for text in _texts(made):
        found = split_token(text)
        if found is not None:
            return {**made, "id": found[0], "token": text}
    error = ForeignReply("The server's reply does not contain the new token.", status=200)
    error.outcome = "unknown"
    raise error


def _texts(made: Mapping[str, Any]) -> Iterator[str]:
    inner = made.get("data")
    for members in (made, inner if isinstance(inner, Mapping) else {}):
        yield from (value for value in members.values() if isinstance(value, str))
