"""Words of a text that mean a person or a hashtag: `@anna` and `#vip`.

Rule: a name is the part of a staff address before its @; a word must be a hashtag already. An image
of the text is no word, although its number in the plain text looks like a hashtag.
"""

import re
from typing import NamedTuple

from tickiti_server.api.call import Call
from tickiti_server.rendering.case_folding import case_key
from tickiti_server.rendering.elements import IMAGE_MARK
from tickiti_server.store.helpdesk import hashtags, people

MOST_TAGS = 100
"""Different tags of one text that are looked up; the others are plain text."""

_TAG = re.compile(r"(?<![\w@#&/.+-])[@#]\w[\w.+-]*")


class Tags(NamedTuple):
    """The people and hashtags that the tags of a text name, and the unknown tags."""

    person_ids: list[int]
    hashtags: list[str]
    unknown: list[str]


def tags_of(call: Call, text: str) -> Tags:
    """Look the tags of a text up."""
    found = Tags([], [], [])
    if "[image" in text:
        text = IMAGE_MARK.sub(" ", text)
    if "@" not in text and "#" not in text:
        return found
    words = dict.fromkeys(match[0].rstrip(".+-") for match in _TAG.finditer(text))
    staff: dict[str, int] | None = None
    for word in [*words][:MOST_TAGS]:
        sign, name = word[0], word[1:]
        if sign == "#":
            tag = hashtags.find_hashtag(call.tx, name)
            (found.hashtags if tag else found.unknown).append(tag or word)
            continue
        staff = _staff(call) if staff is None else staff
        if (person_id := staff.get(case_key(name))) is not None:
            found.person_ids.append(person_id)
        else:
            found.unknown.append(word)
    return found


def _staff(call: Call) -> dict[str, int]:
    """The ids of staff by the part of their address before the @; the oldest has it."""
    names: dict[str, int] = {}
    for row in people.list_staff_addresses(call.tx):
        names.setdefault(case_key(row["email"].rpartition("@")[0]), row["id"])
    return names
