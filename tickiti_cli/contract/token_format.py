"""The form of a token, `<id>|<secret>`, and of the secrets that the bundled server mints.

Rule: only this file knows how to split a token and how to check a secret.
"""

import re
import zlib

SECRET_PREFIX = "tkt_"  # noqa: S105 - a marker, not a secret
SECRET_RANDOM_LENGTH = 40
"""40 base62 characters are 238 bits."""

_TOKEN = re.compile(r"([1-9][0-9]{0,17})\|([\x21-\x7e]{1,255})", re.ASCII)
_MINTED = re.compile(r"tkt_([0-9A-Za-z]{40})([0-9a-f]{8})", re.ASCII)


def checksum(random_part: str) -> str:
    """CRC-32 of the random characters, 8 hex digits: lets a scanner verify a token offline."""
    return f"{zlib.crc32(random_part.encode('ascii')):08x}"


def split_token(token: str) -> tuple[int, str] | None:
    """Splits `"14|tkt_..."` into `(14, "tkt_...")`. None where the text is not a token.

    An id has at most 18 digits, so that it fits a 64-bit integer column.
    """
    match = _TOKEN.fullmatch(token)
    return (int(match[1]), match[2]) if match else None


def is_minted_secret(secret: str) -> bool:
    """Whether prefix, alphabet and checksum are those of a secret that the bundled server mints."""
    match = _MINTED.fullmatch(secret)
    return match is not None and checksum(match[1]) == match[2]
