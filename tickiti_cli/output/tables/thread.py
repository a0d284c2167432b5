"""A ticket and its responses in words: what a terminal, Markdown and HTML show of a thread.

Rule: a member that the reply lacks is left out, because a vendor's install promises few of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tickiti_cli.contract.vocabulary import PRIORITY_WORDS
from tickiti_cli.control_characters import strip_controls
from tickiti_cli.output.format import Record
from tickiti_cli.output.tables.cells import age, minute, one_line

_CHANGES = {
    "attachment_deleted": "deleted the attachment {before}",
    "body": "edited the text",
    "decided": "recorded the decision",
    "merged": "merged ticket {before} into {after}",
    "participant_added": "added {after}",
    "participant_removed": "removed {before}",
    "split": "split off ticket {after} from {before}",
}
"""Changes of another kind than a field that goes from one value to another."""

_FIELDS = {
    "assigned_to_email": "assignee",
    "on_hold_until": "end of hold",
    "originator": "requester",
    "resolved": "resolution",
}
_UNITS = ((1024**3, "GB"), (1024**2, "MB"), (1024, "kB"))


class Entry(NamedTuple):
    """A response. One without a text and files has changes alone, and is told in one line."""

    author: str
    role: str
    when: str
    changes: str
    text: str
    files: Sequence[str]

    @property
    def head(self) -> str:
        return ", ".join(filter(None, (self.role, self.when)))


def title(ticket: Record) -> str:
    return one_line(str(ticket.get("subject") or "(no subject)"))


def state(ticket: Record) -> list[str]:
    """The parts of the line below the title; the first one is the status."""
    priority = str(ticket.get("priority") or "")
    assignee, hold = ticket.get("assigned_to_email"), ticket.get("on_hold_until")
    parts = [
        ticket.get("status"),
        f"until {hold}" if hold else None,
        ticket.get("queue_name"),
        f"{PRIORITY_WORDS.get(priority, priority)} priority" if priority else None,
        f"assigned to {assignee}" if assignee else "unassigned",
        " ".join(f"#{tag}" for tag in _listed(ticket.get("hashtags"))),
    ]
    return [one_line(str(part)) for part in parts if part]


def origin(ticket: Record, *, is_relative: bool = True) -> str:
    """Who asked, and when: `Marcus <marcus@...>, created 3 d ago, updated 5 min ago`."""
    name, email = ticket.get("originator_name"), ticket.get("originator_email")
    who = f"{name} <{email}>" if name and email else str(email or name or "")
    times = [
        f"{words} {_moment(ticket[key], is_relative=is_relative)}"
        for key, words in (("created_at", "created"), ("updated_at", "updated"))
        if ticket.get(key)
    ]
    return one_line(", ".join(filter(None, [who, *times])))


def entries(
    ticket: Record, responses: Sequence[Record], *, is_relative: bool = True
) -> Iterator[Entry]:
    """The responses in the given order, without those that hold nothing."""
    for response in responses:
        found = entry(ticket, response, is_relative=is_relative)
        if found.text or found.files or found.changes:
            yield found


def entry(ticket: Record, response: Record, *, is_relative: bool = True) -> Entry:
    return Entry(
        author=one_line(str(response.get("created_by_email") or "unknown author")),
        role=_role(ticket, response),
        when=_moment(response.get("created_at") or "", is_relative=is_relative),
        changes=", ".join(map(_change, _objects(response.get("audit")))),
        text=strip_controls(str(response.get("plain_text") or "")).strip("\n"),
        files=[_file(found) for found in _objects(response.get("attachments"))],
    )


def _role(ticket: Record, response: Record) -> str:
    author = str(response.get("created_by_email") or "").casefold()
    if response.get("is_internal"):
        role = "internal note"
    elif author and author == str(ticket.get("originator_email") or "").casefold():
        role = "requester"
    elif "staff_response" not in response:
        role = ""
    else:
        role = "staff" if response["staff_response"] else "participant"
    return f"{role}, pinned" if response.get("is_pinned") else role


def _change(change: Record) -> str:
    """`changed the status from open to closed`."""
    what = str(change.get("what") or "")
    before, after = _value(change.get("from"), what), _value(change.get("to"), what)
    if what in _CHANGES:
        return _CHANGES[what].format(before=before, after=after)
    field = _FIELDS.get(what, one_line(what.replace("_", " ")))
    if change.get("to") is None:
        return f"removed the {field}"
    if change.get("from") is None:
        return f"set the {field} to {after}"
    return f"changed the {field} from {before} to {after}"


def _value(value: Any, what: str) -> str:
    text = one_line(str(value))
    return PRIORITY_WORDS.get(text, text) if what == "priority" else text


def _file(found: Record) -> str:
    """`screen.png (attachment 3, 48 kB)`."""
    size = found.get("file_size")
    told = [f"attachment {found.get('id')}", _size(size) if isinstance(size, int) else ""]
    return one_line(f"{found.get('name') or 'file'} ({', '.join(filter(None, told))})")


def _size(count: int) -> str:
    for unit, word in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f} {word}" if count < 10 * unit else f"{count // unit} {word}"
    return f"{count} bytes"


def _moment(moment: Any, *, is_relative: bool) -> str:
    return age(str(moment)) if is_relative else minute(str(moment))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in _listed(value) if isinstance(item, Mapping)]
