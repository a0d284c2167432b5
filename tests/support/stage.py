"""What an endpoint's example is about, set up before it is sent.

The rule of this file: an example that works on a server with one ticket needs no line here.
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.support.multipart import FORM_TYPE, PNG, form, part
from tests.support.place import Place
from tests.support.waiting import wait_until

Body = dict[str, Any]

INTERVENTIONS = "/api/v1/workflow/interventions"
SETTINGS = "/api/v1/settings"
HEALTH = "/api/v1/supervisor/health"


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
    new = {"name": "Staged", "email": f"{uuid4().hex}@b.example", **flags}
    _, _, raw = place.post("/api/v1/administration/users/create", new)
    return {**body, "user": json.loads(raw)["user_id"]}


def a_new_team_name(_place: Place, body: Body) -> Body:
    """Names are unique."""
    return {**body, "name": f"staged {uuid4().hex}"}


def a_team(place: Place, body: Body) -> Body:
    new = a_new_team_name(place, {})
    made = answer(place, "/api/v1/administration/teams/create", new)
    renamed = a_new_team_name(place, {}) if "name" in body else {}
    return {**body, "team_id": made["team_id"], **renamed}


def a_mail(place: Place, body: Body) -> Body:
    mail = {"to_address": "a@b.example", "subject": "s", "content": "c", "mailbox": "local"}
    return {**body, "id": data_of(place, "/api/send_email", mail, str(uuid4()))["email_id"]}


def a_waiting_mail(place: Place, body: Body) -> Body:
    body = a_mail(place, body)
    wait = "UPDATE outbox SET state = 'retry', next_at = 9e17 WHERE id = :id"
    place.execute(wait, {"id": body["id"]})
    return body


def a_failed_mail(place: Place, body: Body) -> Body:
    """A mail that no worker holds any more, as failed."""
    named = a_mail(place, {})
    wait_until(lambda: data_of(place, "/_tickiti/outbox/show", named)["state"] == "sent")
    place.execute("UPDATE outbox SET state = 'failed' WHERE id = :id", named)
    return {**body, **({"job_ids": [named["id"]]} if "job_ids" in body else named)}


def a_template(place: Place, body: Body) -> Body:
    """The one that the examples are about, under the id that it gets."""
    wanted = {
        "type": "email", "identifier": "warranty.received", "subject": "Your order {{order.id}}",
        "content": "<p>Dear {{name}}, we have your {{lines.0.sku}}.</p>",
    }  # fmt: skip
    listed = answer(place, "/api/v1/templates", {})
    found = [row["id"] for row in listed if row["identifier"] == wanted["identifier"]]
    if not found:
        made = answer(place, "/api/v1/templates/create", wanted)["template"]
        found = [made["id"]]
    template_id = found[0]
    if "template" in body:
        return {"template": {**body["template"], "id": template_id}}
    return {**body, "template_id": template_id} if "template_id" in body else body


def a_faq(place: Place, body: Body) -> Body:
    new = {"type": "faq", "category": "Sales", "subject": "How long?", "content": "<p>A week.</p>"}
    answer(place, "/api/v1/templates/create", new)
    return body


def no_template(place: Place, body: Body) -> Body:
    """Names are unique."""
    for row in answer(place, "/api/v1/templates", {}):
        if row["identifier"] == body["identifier"]:
            answer(place, "/api/v1/templates/delete", {"template_id": row["id"]})
    return body


def a_stock_response(place: Place, body: Body) -> Body:
    """Under a name that no other example uses."""
    new = {"identifier": f"staged {uuid4().hex}", "category": "Staged"}
    made = answer(place, f"{SETTINGS}/stock-responses/create", new)["template"]
    if "template" in body:
        own = {"id": made["id"], "identifier": made["identifier"]}
        return {"template": {**body["template"], **own}}
    return {**body, "template_id": made["id"]}


def no_stock_response(place: Place, body: Body) -> Body:
    """Names are unique."""
    for row in answer(place, f"{SETTINGS}/stock-responses", {}):
        if row["identifier"] == body["identifier"]:
            answer(place, f"{SETTINGS}/stock-responses/delete", {"template_id": row["id"]})
    return body


def a_skill(place: Place, body: Body) -> Body:
    """Under a key that no other example uses."""
    key = f"staged.k{uuid4().hex}"
    new = {"key": key, "title": "t", "description": "d", "instructions": "i"}
    data_of(place, "/api/v1/axial/skills/create", new)
    return {**body, "skill": key, **({"key": key} if "key" in body else {})}


def no_skill(place: Place, body: Body) -> Body:
    """Keys are unique."""
    for row in data_of(place, "/api/v1/axial/skills", {})["skills"]:
        if row["key"] == body["key"]:
            data_of(place, "/api/v1/axial/skills/delete", {"skill": row["id"]})
    return body


def a_skill_with_an_action(place: Place, body: Body) -> Body:
    """The same, with the action that the body names."""
    body = a_skill(place, body)
    action = {"name": body["name"], "description": "d", "handler_type": "local",
              "handler_ref": "tickets.search", "parameters": {}, "permission": "staff"}  # fmt: skip
    path = "/api/v1/axial/skills/actions/upsert"
    data_of(place, path, {"skill": body["skill"], "action": action})
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
    wait_until(lambda: data_of(place, "/_tickiti/callbacks/show", body)["state"] == "failed")
    return body


def a_ticket(place: Place, body: Body) -> Body:
    """A ticket of its own with two responses, under every member that names the first one."""
    number, response_id = new_ticket(place)
    answered = {"from_email": "a@b.example", "content": "c"}
    answer(place, f"/api/tickets/{number}/respond", answered)
    named: Body = {
        "ticket_number": number,
        "ticket_numbers": [number],
        "response_id": response_id,
        "response_ids": [response_id],
    }
    return {**body, **{name: value for name, value in named.items() if name in body}}


def two_tickets(place: Place, body: Body) -> Body:
    """The same, and another ticket under the members that name a second one."""
    body = a_ticket(place, body)
    other, _ = new_ticket(place)
    named: Body = {
        "other_ticket_number": other,
        "target_ticket_number": other,
        "linked_ticket_number": other,
        "linked_ticket_numbers": [other],
    }
    return {**body, **{name: value for name, value in named.items() if name in body}}


def a_ticket_with_a_coach(place: Place, body: Body) -> Body:
    """A ticket of its own, in which the people that the body names take part."""
    body = a_ticket(place, body)
    data_of(place, "/api/v1/tickets/participants/add", body, str(uuid4()))
    return body


def a_closed_ticket(place: Place, body: Body) -> Body:
    number, _ = new_ticket(place)
    data_of(place, "/api/v1/tickets/close", {"ticket_number": number}, str(uuid4()))
    return body


def a_deleted_ticket(place: Place, body: Body) -> Body:
    body = a_ticket(place, body)
    data_of(place, "/api/v1/tickets/delete", {"ticket_numbers": [body["ticket_number"]]})
    return body


def linked_tickets(place: Place, body: Body) -> Body:
    """Two tickets of their own that are linked."""
    new = {"ticket_number": 0, "linked_ticket_numbers": []}
    pair = two_tickets(place, new)
    data_of(place, "/api/v1/tickets/link", pair)
    named = {
        "ticket_number": pair["ticket_number"],
        "linked_ticket_number": pair["linked_ticket_numbers"][0],
    }
    return {**body, **{name: value for name, value in named.items() if name in body}}


def a_hashtag(place: Place, body: Body) -> Body:
    """The one that the body names, or another, on a ticket of its own."""
    number, _ = new_ticket(place)
    tagged = {"ticket_number": number, "hashtags": [body.get("tag", "staged")]}
    data_of(place, "/_tickiti/tickets/act", tagged)
    return body


def new_ticket(place: Place) -> tuple[int, int]:
    """The number of a new ticket, and the id of its first response, which staff wrote."""
    new = {"originator_email_address": "a@b.example", "data": {"subject": "s", "content": "c"}}
    number = data_of(place, "/api/create_ticket", new, str(uuid4()))["ticket_number"]
    shown = data_of(place, "/api/v1/tickets/responses", {"ticket_number": number})["responses"]
    return number, int(shown[0]["id"])


def a_resolution(place: Place, body: Body) -> Body:
    """A category of its own; an order names all that there are."""
    path = "/api/v1/workflow/resolution-categories"
    new = {"name": f"staged {uuid4().hex}", "colour": "#2e7d32"}
    made = answer(place, f"{path}/create", new)["id"]
    if "ids" in body:
        return {**body, "ids": [row["id"] for row in answer(place, path, {})]}
    return {**body, "id": made, **({"name": new["name"]} if "name" in body else {})}


def an_escalation(place: Place, body: Body) -> Body:
    new = {"minutes": 60, "action": "notify"}
    made = answer(place, "/api/v1/workflow/escalations/create", new)["id"]
    return {**body, "id": made}


def a_queue(place: Place, body: Body) -> Body:
    """A queue of its own, without tickets. A move goes from there to the Inbox."""
    new = {"name": f"staged {uuid4().hex}"}
    made = answer(place, "/api/v1/workflow/queues/create", new)["queue_id"]
    return {**body, **{name: made for name in ("queue_id", "from_queue_id") if name in body}}


def a_blocked_subject(place: Place, body: Body) -> Body:
    made = answer(place, "/api/v1/mail/subjects/create", {"subject": "Staged"})["id"]
    return {**body, "id": made} if "id" in body else body


def an_excluded_address(place: Place, body: Body) -> Body:
    new = {"email": "staged@b.example"}
    made = answer(place, "/api/v1/mail/excluded-emails/create", new)["id"]
    return {**body, "id": made} if "id" in body else body


def a_disk(place: Place, body: Body) -> Body:
    new = {"root_path": "/etc", "min_free_space": 0.1, "warn_free_space": 0.2}
    return {**body, "id": answer(place, f"{HEALTH}/disk/store", new)["id"]}


def a_health_exception(place: Place, body: Body) -> Body:
    new = {"pattern": "*staged*", "description": "d"}
    return {**body, "id": answer(place, f"{HEALTH}/exception/store", new)["id"]}


def a_health_setting(place: Place, body: Body) -> Body:
    """A disk and an exception."""
    a_disk(place, {})
    a_health_exception(place, {})
    return body


def a_logo(place: Place, body: Body) -> Body:
    path = "/api/v1/administration/branding/app-logo"
    raw = form(part("file", PNG, "sole.png"))
    assert place.post(path, raw, Content_Type=FORM_TYPE)[0] == 200
    return body


def a_logged_request(place: Place, body: Body) -> Body:
    logged = data_of(place, "/_tickiti/requests", {"limit": 1})["requests"]
    return {**body, "request_id": logged[0]["request_id"]}


STAGES: dict[str, Callable[[Place, Body], Body]] = {
    "administration.api_tokens.revoke": a_token,
    "administration.api_tokens.update": a_token,
    "administration.teams.create": a_new_team_name,
    "administration.teams.update": a_team,
    "administration.users.queue_detach": a_user,
    "administration.users.queue_upsert": a_user,
    "administration.users.update": a_user,
    "requests.show": a_logged_request,
    "tokens.edit": a_token,
    "tokens.rotate": a_token,
    "tokens.revoke": a_token,
    "tokens.retire": a_rotated_token,
    "axial.skills.actions.delete": a_skill,
    "axial.skills.actions.upsert": a_skill,
    "axial.skills.create": no_skill,
    "axial.skills.delete": a_skill,
    "axial.skills.show": a_skill,
    "axial.skills.update": a_skill,
    "mail.mailboxes.set_password": a_mailbox,
    "mail.mailboxes.update": a_mailbox,
    "mail.sent_mail.show": a_mail,
    "settings.perspectives.show": a_perspective,
    "settings.stock_responses.create": no_stock_response,
    "settings.stock_responses.show": a_stock_response,
    "settings.stock_responses.update": a_stock_response,
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
    "templates.render": a_template,
    "tickets.attachment": an_attachment,
    "tickets.attachment_delete": an_attachment,
    "tickets.delete": a_ticket,
    "tickets.link": two_tickets,
    "tickets.merge": two_tickets,
    "tickets.originator_update": a_ticket,
    "tickets.response_copy": two_tickets,
    "tickets.response_delete": a_ticket,
    "tickets.response_move": two_tickets,
    "tickets.response_update": a_ticket,
    "tickets.split": two_tickets,
    "tickets.unlink": two_tickets,
    "templates.show": a_template,
    "templates.image_upload": a_template,
    "settings.stock_responses.image_upload": a_stock_response,
    "templates.update": a_template,
    "workflow.interventions.create": no_intervention,
    "workflow.interventions.update": an_intervention,
    "workflow.interventions.generate_token": an_intervention,
    "workflow.escalations.update": an_escalation,
    "workflow.resolutions.reorder": a_resolution,
    "workflow.resolutions.update": a_resolution,
    "callbacks.trigger": an_intervention,
    "interventions.accept": a_request,
    "interventions.decide": a_request,
    "callbacks.show": a_callback,
    "callbacks.resend": a_callback,
}
