"""The views of webhooks: the list, and one webhook with its attempts and their answers."""

from tickiti_cli.contract.vocabulary import CALLBACK_STATES
from tickiti_server.api.call import Call
from tickiti_server.api.workflow import callbacks
from tickiti_server.api.workflow.bodies.callbacks import FindCallback, ListCallbacks
from tickiti_server.page.indenting import indented
from tickiti_server.page.templating import Asked, Shown

STATES = {
    "queued": "Waits for its first attempt.",
    "claimed": "Is being sent now.",
    "retry": "The last attempt failed; the server retries.",
    "sent": "The receiver has accepted it.",
    "failed": "It cannot be delivered and is not retried.",
    "dead": "All attempts failed.",
}
"""The meaning of each state."""


def index(call: Call, asked: Asked) -> Shown:
    chosen = {name: asked.query.get(name, "").strip() for name in ("state", "intervention")}
    body = {**chosen, "cursor": asked.query.get("cursor")}
    found = callbacks.index(call, ListCallbacks.model_validate(body))
    values = {**found, "chosen": chosen, "states": CALLBACK_STATES, "meanings": STATES}
    return Shown("callbacks.html", values)


def show(call: Call, asked: Asked) -> Shown:
    found = callbacks.show(call, FindCallback(id=asked.parts[1]))
    newest_first = [
        {**attempt, "body": indented(attempt["reply_body"] or "")}
        for attempt in reversed(found["history"])
    ]
    values = {"callback": found, "body": indented(found["body"]), "attempts": newest_first}
    return Shown("callback.html", {**values, "meaning": STATES.get(found["state"], "")})
