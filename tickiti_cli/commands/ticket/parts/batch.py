"""Sends one write for each ticket that a command names.

Rule: a single ticket is an ordinary request. Several are a bulk job, in which each ticket has an
idempotency key of its own.
"""

from functools import partial

from tickiti_cli.api.reply import Accepted
from tickiti_cli.commands.ticket.parts.change import BatchFlags, Change
from tickiti_cli.commands.ticket.parts.numbers import Selection
from tickiti_cli.contract.endpoint import Key
from tickiti_cli.runtime import Runtime


def send(runtime: Runtime, selection: Selection, change: Change, flags: BatchFlags) -> None:
    """Send the change to each ticket. Raises the error of a single ticket, else PartlyDone."""
    numbers = [word.number for word in selection.words]
    if len(numbers) == 1 and not (selection.is_piped or flags.report) and numbers[0] is not None:
        _send_single(runtime, numbers[0], change)
        return
    from tickiti_cli.commands.ticket.parts import batch_job  # noqa: PLC0415 - only for several

    batch_job.run(runtime, selection, change, flags)


def _send_single(runtime: Runtime, number: int, change: Change) -> None:
    body = {"ticket_number": number, **change.members}
    send = partial(change.attached.send, runtime) if change.attached else runtime.client.call
    reply = send(change.endpoint, body)
    done: Accepted = reply.accepted if change.endpoint.key is Key.NONE else reply.written
    plain = done.id(change.plain) if change.plain else number
    runtime.output.done(done, said=change.said(number), plain=plain)
