"""The second half of `tickiti init`: the first ticket, if it is wanted."""

from typing import NamedTuple

from tickiti_cli.contract import classic
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.body import html_of
from tickiti_cli.parser.options import address_of
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.login import questions


class Draft(NamedTuple):
    """The members of the ticket that flags give; None for a member that a person is asked for."""

    sender: str | None
    subject: str | None
    body: str | None

    @property
    def is_begun(self) -> bool:
        return any(part is not None for part in self)

    @property
    def is_complete(self) -> bool:
        return None not in self


def is_wanted(runtime: Runtime, draft: Draft, *, is_new: bool) -> bool:
    """Return whether to create a ticket: one that flags begin, or one that a person wants. A setup
    that was there before asks with `no` as the default, so that a second run changes nothing."""
    if draft.is_begun or not runtime.may_ask:
        return draft.is_begun
    choice, default = ("[Y/n]", "y") if is_new else ("[y/N]", "n")
    answer = runtime.streams.ask(f"Create a ticket now? {choice} ").lower() or default
    return answer in ("y", "yes")


def create(runtime: Runtime, draft: Draft) -> str | int:
    """Create the ticket and return its number. Asks for what no flag gives; raises UsageProblem
    where nobody can be asked."""
    sender = _answer(runtime, draft.sender, "--from", "Requester's e-mail address: ")
    subject = _answer(runtime, draft.subject, "--subject", "Subject: ")
    body = _answer(runtime, draft.body, "--body", "Text: ")
    data = {"subject": subject, "content": html_of(body)}
    request = {"originator_email_address": sender, "data": data}
    return runtime.client.call(classic.create_ticket, request).written.id("ticket_number")


def _answer(runtime: Runtime, given: str | None, flag: str, question: str) -> str:
    if given is not None:
        return _checked(given, flag)
    if not runtime.may_ask:
        raise UsageProblem(f"A ticket also needs {flag}.")
    name = question.rstrip(": ")
    return questions.repeated(runtime, lambda: _checked(runtime.streams.ask(question), name))


def _checked(text: str, name: str) -> str:
    if not text.strip():
        raise UsageProblem(f"{name} is empty.")
    return address_of(text, name) if "address" in name or name == "--from" else text
