"""E-mail addresses and host names in every script, and their form on the wire.

Rule: every address that is accepted can be mailed. A domain is valid if it has an xn-- form by IDNA
2008, which keeps ß and ς. Python's own codec is IDNA 2003, which maps them to other names.
"""

import re

import idna

from tickiti_cli.contract.characters import is_word

MOST_ADDRESS = 254
"""Characters of an address: RFC 5321 4.5.3.1.3, without the angle brackets."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ATOM = "!#$%&'*+/=?^_`{|}~-"
"""Characters that a local part may have in addition to letters and digits (RFC 5322 3.2.3)."""


def is_address(text: str) -> bool:
    """Whether the text is exactly one addr-spec (RFC 5322 3.4.1)."""
    if len(text) > MOST_ADDRESS:
        return False
    local, _, domain = text.rpartition("@")
    return all(is_word(part, _ATOM) for part in local.split(".")) and is_domain(domain)


def is_domain(text: str) -> bool:
    """Whether the text is a host name, in any script."""
    try:
        return _DOMAIN.fullmatch(wire_domain(text)) is not None
    except ValueError:
        return False


def wire_domain(text: str) -> str:
    """A domain as mail servers and the DNS read it: its xn-- form where it is not ASCII. Raises
    ValueError where there is no such form."""
    if text.isascii():
        return text
    return idna.encode(text, uts46=True, transitional=False).decode("ascii")


def wire_address(address: str) -> str:
    """The address with its domain in the xn-- form. Raises ValueError as `wire_domain` does."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{wire_domain(domain)}"
