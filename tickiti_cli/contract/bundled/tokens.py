"""Token management under `/_tickiti/`, which only the bundled server has, and the token's shape."""

import re
import zlib

from tickiti_cli.contract.endpoint import Ability, Access, Endpoint, Role

SECRET_PREFIX = "tkt_"  # noqa: S105 - a marker, not a secret
SECRET_RANDOM_LENGTH = 40
"""40 base62 characters are 238 bits."""

_TOKEN = re.compile(r"([1-9][0-9]{0,17})\|([\x21-\x7e]{1,255})", re.ASCII)
_MINTED = re.compile(r"tkt_([0-9A-Za-z]{40})([0-9a-f]{8})", re.ASCII)


def checksum(random_part: str) -> str:
    """CRC-32 of the random characters, 8 hex digits: lets a scanner verify a token offline."""
    return f"{zlib.crc32(random_part.encode('ascii')):08x}"


def split_token(token: str) -> tuple[int, str] | None:
    """`"14|tkt_..."` -> `(14, "tkt_...")`; None where it is no token at all.

    At most 18 digits, so that an id always fits a database's 64-bit integer.
    """
    match = _TOKEN.fullmatch(token)
    return (int(match[1]), match[2]) if match else None


def is_minted_secret(secret: str) -> bool:
    """Whether the bundled server could have minted it: prefix, alphabet and checksum agree."""
    match = _MINTED.fullmatch(secret)
    return match is not None and checksum(match[1]) == match[2]


def _row(verb: str, *, path: str, writes: bool) -> Endpoint:
    return Endpoint(
        name=f"tokens.{verb}",
        path=f"/_tickiti/{path}",
        needs=(Ability.MANAGE_TOKENS,),
        role=Role.STAFF,
        writes=writes,
        empty_body=not writes,
    )


index = _row("index", path="tokens", writes=False)
mint = _row("mint", path="tokens/mint", writes=True)
rotate = _row("rotate", path="tokens/rotate", writes=True)
retire = _row("retire", path="tokens/retire", writes=True)
revoke = _row("revoke", path="tokens/revoke", writes=True)
prune = _row("prune", path="tokens/prune", writes=True)
audit = _row("audit", path="tokens/audit", writes=False)
self_ = Endpoint(
    name="tokens.self", path="/_tickiti/tokens/self", access=Access.TOKEN, empty_body=True
)

ROWS = (index, mint, rotate, retire, revoke, prune, audit, self_)
