"""The shapes of a request that opens a ticket: from a subject and a body, a template, an
intervention."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tickiti_cli.bodies import MISSING
from tickiti_cli.errors import UsageProblem
from tickiti_cli.values import Values


class Flags(NamedTuple):
    """What `ticket create` was given; None where it was not."""

    subject: str | None
    has_content: bool
    content: Callable[[], str | None]
    """The HTML; asked for when all else is right, since it may be typed by a person."""

    template: str | None
    intervention: str | None
    uid: str | None
    values: Values
    queue: str | None


def request_of(flags: Flags) -> dict[str, Any]:
    """The members that the shape has. Raises UsageProblem for flags that make no shape."""
    if flags.uid is not None and flags.intervention is None:
        raise UsageProblem("--uid goes with --intervention NAME.")
    if flags.intervention is not None:
        return _with_intervention(flags, flags.intervention)
    if flags.template is not None:
        return _with_template(flags, flags.template)
    return _with_content(flags)


def _with_content(flags: Flags) -> dict[str, Any]:
    if flags.values:
        raise UsageProblem("-d and --data-json give a template its values: add --template ID.")
    if flags.subject is None:
        raise UsageProblem("Say what the ticket is about: --subject TEXT, or --template ID.")
    content = flags.content()
    if content is None:
        raise UsageProblem(f"Say what the ticket is about: {MISSING}.")
    data = {"subject": flags.subject, "content": content}
    return {"data": data | ({"queue_name": flags.queue} if flags.queue is not None else {})}


def _with_template(flags: Flags, template: str) -> dict[str, Any]:
    if flags.subject is not None or flags.has_content:
        raise UsageProblem(
            "--template has a subject and a content: leave --subject, the body and --attach out."
        )
    request: dict[str, Any] = {"template_identifier": template, "data": flags.values}
    return request | ({"queue_name": flags.queue} if flags.queue is not None else {})


def _with_intervention(flags: Flags, intervention: str) -> dict[str, Any]:
    if flags.template is not None or flags.subject is not None or flags.has_content:
        raise UsageProblem(
            "--intervention has templates of its own: leave --template, --subject, the body and "
            "--attach out."
        )
    if flags.queue is not None:
        raise UsageProblem("--intervention has a queue of its own: leave --queue out.")
    if flags.uid is None:
        raise UsageProblem("--intervention NAME needs --uid UID: the record's id in your system.")
    return {"intervention": intervention, "uid": flags.uid, "data": {"data": flags.values}}
