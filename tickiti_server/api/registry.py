"""The list of all modules with handlers.

Rule: a handler is a function of a call and a body, without HTTP and without SQL. A new module is
added to this list.
"""

from tickiti_server.api import page, requests
from tickiti_server.api.administration import (
    ai_assistant,
    api_tokens,
    branding,
    logos,
    orphans,
    queue_rights,
    storage,
    system,
    teams,
    users,
)
from tickiti_server.api.axial import skill_actions, skills
from tickiti_server.api.mail import filters, mailboxes, outbox, send, sent_mail
from tickiti_server.api.reports import reports
from tickiti_server.api.search import choices, perspectives, response_query, search
from tickiti_server.api.settings import hashtags, stock_responses, watchlists
from tickiti_server.api.supervisor import health, jobs, tasks
from tickiti_server.api.templates import faqs, image_uploads, templates
from tickiti_server.api.tickets import act, create, respond, responses, show
from tickiti_server.api.tickets.creation import create_v1
from tickiti_server.api.tickets.files import downloads, removal, uploads
from tickiti_server.api.tickets.operations import deletion, links, merge, response_edit, transfer
from tickiti_server.api.tokens import audit, keys, own_token, tokens
from tickiti_server.api.workflow import (
    callbacks,
    decisions,
    escalations,
    interventions,
    queues,
    resolutions,
)

MODULES = (
    logos,
    orphans,
    create,
    create_v1,
    respond,
    show,
    responses,
    uploads,
    downloads,
    removal,
    deletion,
    response_edit,
    transfer,
    merge,
    links,
    search,
    response_query,
    choices,
    reports,
    templates,
    image_uploads,
    keys,
    tokens,
    own_token,
    audit,
    requests,
    page,
    send,
    outbox,
    mailboxes,
    sent_mail,
    api_tokens,
    users,
    queue_rights,
    teams,
    system,
    storage,
    branding,
    ai_assistant,
    queues,
    perspectives,
    watchlists,
    hashtags,
    act,
    interventions,
    decisions,
    callbacks,
    resolutions,
    escalations,
    jobs,
    health,
    tasks,
    skills,
    skill_actions,
    filters,
    stock_responses,
    faqs,
)
