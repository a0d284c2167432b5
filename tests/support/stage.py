"""What an endpoint's example is about, set up before it is sent.

The rule of this file: an example that works on a server with one ticket needs no line here.
"""

import json
import sqlite3
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.place import Place
from tests.server.waiting import wait_for

Body = dict[str, Any]

INTERVENTIONS = "/api/v1/workflow/interventions"
SETTINGS = "/api/v1/settings"


def staged(place: Place, name: str, body: Body) -> Body:
    """The example of the endpoint `name`, about something that is there."""
    stage = STAGES.get(name)
    return stage(place, body) if stage else body


def answer(place: Place, path: str, body: Body, key: str | None = None) -> Any:
    status, _, raw = place.post(path, body, key)
    assert status == 200, raw
    return json.loads(raw)


def data_of(place: Place, path: str, body: Body, key: str | None = None) -> Any:
    return answer(place, path, body, key)["data"]


def a_token(place: Place, body: Body) -> Body:
    minted = data_of(
        place, "/_tickiti/tokens/mint", {"name": "staged", "abilities": ["create-ticket"]}
    )
    return {**body, **({"ids": [minted["id"]]} if "ids" in body else {"id": minted["id"]})}


def a_rotated_token(place: Place, body: Body) -> Body:
    body = a_token(place, body)
    data_of(place, "/_tickiti/tokens/rotate", {"id": body["id"], "overlap_seconds": 60})
    return body


def a_user(place: Place, body: Body) -> Body:
    flags = {"is_staff": True, "is_admin": False, "tonic_notifications": False}
    new = {"name": "Staged", "email": "staged@b.example", **flags}
    _, _, raw = place.post("/api/v1/administration/users/create", new)
    return {**body, "user": json.loads(raw)["user_id"]}


def a_mail(place: Place, body: Body) -> Body:
    mail = {"to_address": "a@b.example", "subject": "s", "content": "c", "mailbox": "local"}
    return {**body, "id": data_of(place, "/api/send_email", mail, "a-mail")["email_id"]}


def a_waiting_mail(place: Place, body: Body) -> Body:
    body = a_mail(place, body)
    with sqlite3.connect(place.database) as connection:
        wait = "UPDATE outbox SET state = 'retry', next_at = 9e17 WHERE id = ?"
        connection.execute(wait, (body["id"],))
    connection.close()
    return body


def a_failed_mail(place: Place, body: Body) -> Body:
    body = a_mail(place, body)
    with sqlite3.connect(place.database) as connection:
        connection.execute("UPDATE outbox SET state = 'failed' WHERE id = ?", (body["id"],))
    connection.close()
    return body


def a_template(place: Place, body: Body) -> Body:
    """The one that the examples are about, under the id that it gets."""
    wanted = {
        "type": "email", "identifier": "warranty.received", "subject": "Your order {{order.id}}",
        "content": "<p>Dear {{name}}, we have your {{lines.0.sku}}.</p>",
    }  # fmt: skip
    listed = answer(place, "/api/v1/templates", {})
    found = [row["id"] for row in listed if row["identifier"] == wanted["identifier"]]
    template_id = found[0] if found else answer(place, "/api/v1/templates/create", wanted)["id"]
    if "template" in body:
        return {"template": {**body["template"], "id": template_id}}
    return {**body, "template_id": template_id} if "template_id" in body else body


def no_template(place: Place, body: Body) -> Body:
    """Names are unique."""
    for row in answer(place, "/api/v1/templates", {}):
        if row["identifier"] == body["identifier"]:
            answer(place, "/api/v1/templates/delete", {"template_id": row["id"]})
    return body


def a_mailbox(place: Place, body: Body) -> Body:
    path = "/api/v1/mail/mailboxes"
    place.post(f"{path}/create", {"name": "staged", "address": "a@b.example"})
    rows = json.loads(place.post(path, {})[2])["mailboxes"]
    (mailbox_id,) = [row["id"] for row in rows if row["name"] == "staged"]
    return {**body, "mailbox_id": mailbox_id, **({"name": "staged"} if "name" in body else {})}


def a_perspective(place: Place, body: Body) -> Body:
    """Under a name that no other example uses."""
    name = f"staged {uuid4().hex}"
    made = answer(place, f"{SETTINGS}/perspectives/create", {"name": name, "shared": True})
    own = {"perspective_id": made["perspective_id"]}
    return {**body, **own, **({"name": name} if "name" in body else {})}


def a_watchlist(place: Place, body: Body) -> Body:
    """The same, with a ticket on it."""
    name = f"staged {uuid4().hex}"
    new = {"name": name, "icon": "eye", "shared": True}
    own = {"watchlist_id": answer(place, f"{SETTINGS}/watchlists/create", new)["watchlist_id"]}
    answer(place, f"{SETTINGS}/watchlists/add-tickets", {**own, "ticket_ids": [1]})
    return {**body, **own, **({"name": name} if "name" in body else {})}


def an_attachment(place: Place, body: Body) -> Body:
    """An image of a ticket of its own."""
    pixel = "R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAI="
    said = {"subject": "s", "content": f'<img src="data:image/gif;base64,{pixel}">'}
    new = {"originator_email_address": "a@b.example", "data": said}
    number = data_of(place, "/api/create_ticket", new, str(uuid4()))["ticket_number"]
    shown = data_of(place, "/api/v1/tickets/responses", {"ticket_number": number})["responses"]
    attachment_id = shown[0]["attachments"][0]["id"]
    return {**body, "ticket_number": number, "response_attachment_id": attachment_id}


def an_intervention(place: Place, body: Body) -> Body:
    """The one that the examples are about, under the id that it gets; it calls back nowhere: the
    server goes to no inner host that it was not told to."""
    name = "discount_request"
    rows = answer(place, INTERVENTIONS, {})["interventions"]
    if name not in [row["name"] for row in rows]:
        new = {"name": name, "title": "Discount request", "queue_name": "Inbox"}
        answer(place, f"{INTERVENTIONS}/create", new)
        rows = answer(place, INTERVENTIONS, {})["interventions"]
    (found,) = [row["id"] for row in rows if row["name"] == name]
    callback = {"remote_epilog_url": "https://localhost/decided", "remote_enabled": True}
    answer(place, f"{INTERVENTIONS}/update", {"intervention_id": found, **callback})
    remote = {"intervention_id": found, "remote_name": "shop"}
    answer(place, f"{INTERVENTIONS}/generate-token", remote)
    return {**body, "intervention_id": found} if "intervention_id" in body else body


def no_intervention(place: Place, body: Body) -> Body:
    """Names are unique."""
    for row in answer(place, INTERVENTIONS, {})["interventions"]:
        if row["name"] == body["name"]:
            answer(place, f"{INTERVENTIONS}/delete", {"intervention_id": row["id"]})
    return body


def a_request(place: Place, body: Body) -> Body:
    """A ticket of that intervention that waits for its decision."""
    an_intervention(place, {})
    identifier = "discount_request.private"
    if identifier not in [row["identifier"] for row in answer(place, "/api/v1/templates", {})]:
        template = {"type": "intervention", "identifier": identifier, "subject": "s"}
        answer(place, "/api/v1/templates/create", {**template, "content": "c"})
    uid = str(uuid4())
    request = {"originator_email_address": "a@b.example", "intervention": "discount_request",
               "uid": uid, "data": {"data": {}}}  # fmt: skip
    number = data_of(place, "/api/create_ticket", request, uid)["ticket_number"]
    return {**body, "ticket_number": number}


def a_callback(place: Place, body: Body) -> Body:
    """One that has come to its end."""
    decision = a_request(place, {"data": {"price": 99}})
    decided = data_of(place, "/_tickiti/interventions/decide", decision)
    body = {**body, "id": decided["callback_id"]}
    wait_for(lambda: data_of(place, "/_tickiti/callbacks/show", body)["state"] == "failed")
    return body


STAGES: dict[str, Callable[[Place, Body], Body]] = {
    "administration.users.update": a_user,
    "tokens.rotate": a_token,
    "tokens.revoke": a_token,
    "tokens.retire": a_rotated_token,
    "mail.mailboxes.set_password": a_mailbox,
    "mail.mailboxes.update": a_mailbox,
    "mail.sent_mail.show": a_mail,
    "settings.perspectives.update": a_perspective,
    "settings.watchlists.add_tickets": a_watchlist,
    "settings.watchlists.remove_tickets": a_watchlist,
    "settings.watchlists.reorder": a_watchlist,
    "settings.watchlists.update": a_watchlist,
    "outbox.show": a_mail,
    "outbox.release": a_failed_mail,
    "outbox.cancel": a_waiting_mail,
    "render_template": a_template,
    "templates.create": no_template,
    "tickets.attachment": an_attachment,
    "templates.show": a_template,
    "templates.update": a_template,
    "workflow.interventions.create": no_intervention,
    "workflow.interventions.update": an_intervention,
    "workflow.interventions.generate_token": an_intervention,
    "interventions.decide": a_request,
    "callbacks.show": a_callback,
    "callbacks.resend": a_callback,
}
