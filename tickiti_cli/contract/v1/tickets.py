"""v1 tickets: tickets, their responses and files, in the vendor's second generation of the API.

Unlike most v1 families these replies carry the classic envelope, and no role is asked for: the
queue rights of the token's owner decide.
"""

from tickiti_cli.contract import classic
from tickiti_cli.contract.endpoint import Ability, Envelope, Key, Role
from tickiti_cli.contract.v1 import open_routes
from tickiti_cli.contract.v1.family import Family

FAMILY = Family(
    name="tickets",
    role=Role.ANY,
    read_ability=Ability.TICKETS_READ,
    write_ability=Ability.TICKETS_WRITE,
    defaults={"envelope": Envelope.DATA},
)

attachment = FAMILY.read("attachment", "tickets/attachment", served=True)
attachment_delete = FAMILY.write("attachment_delete", "tickets/attachment-delete", served=True)
attachment_upload = FAMILY.upload("attachment_upload", "tickets/attachment-upload", served=True)
close = FAMILY.write("close", "tickets/close", key=Key.REQUIRED, served=True)
create = FAMILY.write("create", "tickets", key=Key.REQUIRED, action="create_ticket", served=True)
delete = FAMILY.write("delete", "tickets/delete", served=True)
link = FAMILY.write("link", "tickets/link", served=True)
links = FAMILY.read("links", "tickets/links", served=True)
merge = FAMILY.write("merge", "tickets/merge", served=True)
originator_update = FAMILY.write("originator_update", "tickets/originator-update", served=True)
participants_add = FAMILY.write(
    "participants_add", "tickets/participants/add", key=Key.REQUIRED, served=True
)
participants_remove = FAMILY.write(
    "participants_remove", "tickets/participants/remove", key=Key.REQUIRED, served=True
)
query = FAMILY.read("query", "tickets/query", envelope=Envelope.PAGE, served=True)
queues = FAMILY.read("queues", "tickets/queues", served=True)
resolutions = FAMILY.read("resolutions", "tickets/resolutions", served=True)
respond = FAMILY.write(
    "respond", "tickets/respond", key=Key.REQUIRED, action="ticket_respond", served=True
)
response_copy = FAMILY.write("response_copy", "tickets/response-copy", served=True)
response_delete = FAMILY.write("response_delete", "tickets/response-delete", served=True)
response_move = FAMILY.write("response_move", "tickets/response-move", served=True)
response_show = FAMILY.read("response_show", "tickets/response", served=True)
response_update = FAMILY.write("response_update", "tickets/response-update", served=True)
responses = FAMILY.read("responses", "tickets/responses", served=True)
responses_query = FAMILY.read("responses_query", "tickets/responses/query", served=True)
restore = FAMILY.write("restore", "tickets/restore", served=True)
search_modes = FAMILY.read("search_modes", "tickets/search-modes", served=True)
show = FAMILY.read("show", "tickets/show", served=True)
split = FAMILY.write("split", "tickets/split", served=True)
staff = FAMILY.read("staff", "tickets/staff", served=True)
teams = FAMILY.read("teams", "tickets/teams", served=True)
unlink = FAMILY.write("unlink", "tickets/unlink", served=True)

TWINS = {
    classic.create_ticket: create,
    classic.ticket_respond: respond,
    classic.tickiti_api_index: query,
    classic.idempotency_key: open_routes.idempotency_key,
}
"""The endpoints that both generations offer: the v1 row of each classic row. The requests are the
same; the replies are the same except for a list."""

ROWS = (
    attachment,
    attachment_delete,
    attachment_upload,
    close,
    create,
    delete,
    link,
    links,
    merge,
    originator_update,
    participants_add,
    participants_remove,
    query,
    queues,
    resolutions,
    respond,
    response_copy,
    response_delete,
    response_move,
    response_show,
    response_update,
    responses,
    responses_query,
    restore,
    search_modes,
    show,
    split,
    staff,
    teams,
    unlink,
)
