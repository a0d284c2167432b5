"""The names of the flags and arguments that a member of a request may come from."""

from collections.abc import Iterator

FLAGS = {
    "abilities": ("ability", "preset"),
    "action_key": ("action",),
    "add_participants": ("add", "participant", "email"),
    "address": ("address",),
    "allowed_ip": ("allowed-ip",),
    "assigned_to_email": ("assign", "assignee"),
    "attachments": ("attach", "file"),
    "content": ("body", "body-file", "editor", "content-file", "file"),
    "criteria": ("search",),
    "expires_at": ("expires", "never"),
    "from_email": ("from",),
    "icon": ("icon",),
    "ids": ("token",),
    "mode": ("always", "days", "day"),
    "on_hold_until": ("until",),
    "originator_email_address": ("from", "email"),
    "outgoing_mailbox_id": ("mailbox",),
    "overlap_seconds": ("overlap",),
    "raised": ("raised-by",),
    "recipients": ("to",),
    "repeat_minutes": ("repeat",),
    "remove_participants": ("remove", "participant", "email"),
    "responses": ("response",),
    "search_perspective": ("perspective",),
    "search_perspective_id": ("perspective",),
    "smtp_password": ("password-stdin",),
    "smtp_username": ("user",),
    "template_identifier": ("template",),
    "ticket_ids": ("numbers",),
    "to_address": ("to",),
    "to_queue_id": ("move-to",),
}
"""The flags and arguments that a member of a request may come from, where their names differ. Of
several, the one that was given."""

ATTRIBUTES = ("assigned_to_email", "on_hold_until", "priority", "status")
"""Members of `data` that flags give beside the values of a template."""

HOURS = {
    f"{day}_{part}": ("day", "days", part)
    for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    for part in ("enabled", "start", "end")
}
"""The same for the business hours, which have members for each day of the week."""

AFFIXES = (
    "smtp_",
    "simple_",
    "is_",
    "can_",
    "has_",
    "_email",
    "_address",
    "_name",
    "_number",
    "_id",
    "_ids",
)
"""Parts of a member's name that a flag may lack."""


def names_of(member: str) -> Iterator[str]:
    """Yield the names that a flag of a member may have, the most likely first."""
    yield from FLAGS.get(member, HOURS.get(member, ()))
    for name in dict.fromkeys((member, bare(member))):
        dashed = name.replace("_", "-")
        yield dashed
        yield dashed.removesuffix("s")
        yield f"{dashed}-file"


def bare(member: str) -> str:
    """Return a member's name without its affixes."""
    for affix in AFFIXES:
        member = member.removeprefix(affix) if affix.endswith("_") else member.removesuffix(affix)
    return member
