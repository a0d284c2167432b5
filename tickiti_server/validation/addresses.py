"""E-mail addresses and host names in every script, and their form on the wire.

The rule of this file: what is taken as an address can be mailed. A domain is good if it has an xn--
form by IDNA 2008, which keeps ß and ς; Python's own codec is IDNA 2003 and makes other names of
them.
"""

import re

import idna

from tickiti_cli.contract.words import is_word

MOST_ADDRESS = 254
"""RFC 5321 4.5.3.1.3, less the angle brackets."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ATOM = "!#$%&'*+/=?^_`{|}~-"
"""What may stand in a local part beside letters and digits (RFC 5322 3.2.3)."""


def is_address(text: str) -> bool:
    """Whether it is exactly one addr-spec of a mailbox."""
    if len(text) > MOST_ADDRESS:
        return False
    local, _, domain = text.rpartition("@")
    return all(is_word(part, _ATOM) for part in local.split(".")) and is_domain(domain)


def is_domain(text: str) -> bool:
    """Whether it names a host on the internet, in whichever script."""
    try:
        return _DOMAIN.fullmatch(wire_domain(text)) is not None
    except ValueError:
        return False


def wire_domain(text: str) -> str:
    """A domain as a mail server and the DNS read it: in other letters than ASCII, its xn-- form.

    Raises ValueError where there is no such form.
    """
    if text.isascii():
        return text
    return idna.encode(text, uts46=True, transitional=False).decode("ascii")


def wire_address(address: str) -> str:
    """The address with its domain in that form. Raises ValueError."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{wire_domain(domain)}"
