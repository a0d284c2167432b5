"""The views of outgoing mail: the list, and one mail as HTML, as text and as its source."""

from email import message_from_string, policy

from tickiti_cli.contract.vocabulary import EMAIL_STATES
from tickiti_server.api.call import Call
from tickiti_server.api.mail import outbox
from tickiti_server.api.mail.bodies.outbox import FindDelivery, ListDeliveries
from tickiti_server.page.templating import Asked, Shown

FORMS = ("html", "text", "source")
MOST_TEXT = 512 * 1024
"""Characters of a text or a source that are shown."""

STATES = {
    "queued": "Waits for its first attempt.",
    "claimed": "Is being sent now.",
    "retry": "The last attempt failed; the server retries.",
    "uncertain": "May have arrived: the connection ended before the answer.",
    "sent": "The mail server has accepted the mail.",
    "failed": "The mail server has refused the mail, or it was cancelled.",
}
"""What each state means."""


def index(call: Call, asked: Asked) -> Shown:
    chosen = {name: asked.query.get(name, "").strip() for name in ("to", "subject", "state")}
    body = {**chosen, "cursor": asked.query.get("cursor")}
    found = outbox.index(call, ListDeliveries.model_validate(body))
    values = {**found, "chosen": chosen, "states": EMAIL_STATES, "meanings": STATES}
    return Shown("outbox.html", values)


def _meaning(state: str, mailbox: str | None) -> str:
    if (state, mailbox) == ("sent", "local"):
        return "Kept on this server: the mailbox local sends nothing."
    return STATES.get(state, "")


def show(call: Call, asked: Asked) -> Shown:
    found = outbox.show(call, FindDelivery(id=asked.parts[1]))
    forms = [form for form in FORMS if form == "source" or found[form]]  # type: ignore[literal-required]
    wanted = asked.query.get("as", "")
    form = wanted if wanted in forms else forms[0]
    text = found["mime"] if form == "source" else found["text"]
    headers = message_from_string(found["mime"], policy=policy.default)
    names = ("From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID")
    return Shown(
        "mail.html",
        {
            "mail": found,
            "form": form,
            "forms": forms,
            "text": text[:MOST_TEXT],
            "is_cut": len(text) > MOST_TEXT,
            "headers": [(name, str(headers[name])) for name in names if headers[name]],
            "meaning": _meaning(found["state"], found["mailbox"]),
        },
    )
