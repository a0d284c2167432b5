"""The way on from a name that nobody knows: the nearest known name, the command that lists all.

Rule: no other module of the CLI compares names, so that all suggest by the same measure.
"""

import re
from collections.abc import Iterable

from tickiti_cli.contract.errors import MERGED_INTO, TicketNotFound

NEAR = 0.6
"""The least similarity of two names, from 0 to 1: difflib's own default."""

NEAR_WORDS = 0.5
"""The least similarity where few words are known: two letters that share one are near enough."""


def closest(wanted: str, known: Iterable[str], *, least: float = NEAR) -> str | None:
    """The known name most like the wanted one; None where no name comes near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong name needs its 6 ms

    return next(iter(get_close_matches(wanted, list(known), n=1, cutoff=least)), None)


def nearest(wanted: str, known: Iterable[str]) -> str:
    """Returns ` Did you mean NAME?` to follow a sentence; empty where no name is near."""
    found = closest(wanted, known)
    return f" Did you mean {found}?" if found else ""


def none_of(wanted: str, words: Iterable[str]) -> str:
    """The end of a sentence after `is not`: all the known words, then the nearest one."""
    known = list(words)
    listed = f"one of {', '.join(known)}"
    found = closest(wanted.lower(), known, least=NEAR_WORDS)
    return f"{listed} (did you mean {found}?)" if found else listed


_BY_CODE = {
    "attachment_not_found": "attachment list NUMBER",
    "intervention_not_found": "intervention list",
    "mailbox_not_found": "mailbox list",
    "perspective_not_found": "perspective list",
    "queue_not_found": "queue list",
    "resolution_not_found": "resolution list",
    "response_not_found": "response list NUMBER",
    "skill_not_found": "skill list",
    "snapshot_not_found": "server snapshot list",
    "template_not_found": "template list",
    "ticket_not_found": "ticket list",
}
"""The command that lists what exists, by the code of the error about what does not."""

_BY_FAMILY = {
    "administration.api_tokens": "token list",
    "administration.users": "user list",
    "callbacks": "callback list",
    "outbox": "outbox list",
    "requests": "server requests list",
    "settings.stock_responses": "stock-response list",
    "test.requests": "server requests list",
}
"""The same by the family of the endpoint, where the code is that of many errors."""

_BY_FIELD = {
    ("axial.skills", "citation_set"): "stock-response list",
    ("axial.skills", "parent_key"): "skill list",
    ("test.faults", "ids"): "server fault list",
    ("test.faults", "token_id"): "token list",
    ("tokens", "user"): "staff list",
}
"""The same by the family and the field, where a request names several things. Only fields that have
no other error in the command line."""


_SURVIVOR = re.compile(f"{MERGED_INTO}([0-9]+)")


def listing(code: object, endpoint: str, fields: Iterable[str], sentence: str) -> str:
    """Returns `See: tickiti NOUN list` for an error about a thing that does not exist; empty for
    any other error. `fields`: the members of the request that the error names. A ticket that was
    merged has a survivor, which its `sentence` names: nothing has to be looked for."""
    if code == TicketNotFound.code and (survivor := _SURVIVOR.search(sentence)):
        return f"See: tickiti ticket view {survivor[1]}"
    family = endpoint.rpartition(".")[0]
    for field in fields:
        if found := _BY_FIELD.get((family, field.partition(".")[0])):
            return f"See: tickiti {found}"
    own = _BY_FAMILY.get(family) if code in ("not_found", "template_not_found") else None
    found = own or _BY_CODE.get(str(code))
    return f"See: tickiti {found}" if found else ""
