"""The three shapes of a request that opens a ticket: with content, a template or an
intervention."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.body import MISSING
from tickiti_cli.input.template_data import Values


class Flags(NamedTuple):
    """The flags of `ticket create`; None where a flag was not given."""

    subject: str | None
    has_content: bool
    content: Callable[[], str | None]
    """Returns the HTML. Called after all other checks, because a person may have to type it."""

    template: str | None
    intervention: str | None
    uid: str | None
    values: Values
    queue: str | None


def to_request(flags: Flags) -> dict[str, Any]:
    """Return the members of the request. Raises UsageProblem for flags that fit no shape."""
    if flags.uid is not None and flags.intervention is None:
        raise UsageProblem("--uid needs --intervention NAME.")
    if flags.intervention is not None:
        return _with_intervention(flags, flags.intervention)
    if flags.template is not None:
        return _with_template(flags, flags.template)
    return _with_content(flags)


def _with_content(flags: Flags) -> dict[str, Any]:
    if flags.values:
        raise UsageProblem("-d and --data-json need --template ID.")
    if flags.subject is None:
        raise UsageProblem("Missing subject: add --subject TEXT or --template ID.")
    content = flags.content()
    if content is None:
        raise UsageProblem(f"Missing body: add {MISSING}.")
    data = {"subject": flags.subject, "content": content}
    return {"data": data | ({"queue_name": flags.queue} if flags.queue is not None else {})}


def _with_template(flags: Flags, template: str) -> dict[str, Any]:
    if flags.subject is not None or flags.has_content:
        raise UsageProblem(
            "--template provides the subject and the body: leave out yours and --attach."
        )
    request: dict[str, Any] = {"template_identifier": template, "data": flags.values}
    return request | ({"queue_name": flags.queue} if flags.queue is not None else {})


def _with_intervention(flags: Flags, intervention: str) -> dict[str, Any]:
    if flags.template is not None or flags.subject is not None or flags.has_content:
        raise UsageProblem(
            "--intervention uses its own templates: leave out --template, --subject, the body and "
            "--attach."
        )
    if flags.queue is not None:
        raise UsageProblem("--intervention uses its own queue: leave out --queue.")
    if flags.uid is None:
        raise UsageProblem(
            "--intervention NAME needs --uid UID, the unique ID of the record in your system."
        )
    return {"intervention": intervention, "uid": flags.uid, "data": {"data": flags.values}}
