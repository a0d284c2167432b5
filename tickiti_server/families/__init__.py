"""The business rules, one module a family: functions of a call and a body, no HTTP and no SQL."""

from tickiti_server.families import (
    callbacks,
    email,
    interventions,
    keys,
    mailboxes,
    outbox,
    requests,
    reviewing,
    search,
    sent_mail,
    templates,
    tickets,
    token_audit,
    tokens,
    users,
)

MODULES = (
    tickets,
    search,
    templates,
    keys,
    tokens,
    token_audit,
    requests,
    email,
    outbox,
    mailboxes,
    sent_mail,
    users,
    interventions,
    reviewing,
    callbacks,
)
