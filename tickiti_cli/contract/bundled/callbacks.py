"""Webhooks and decisions of interventions under `/_tickiti/`; only on the bundled server."""

from tickiti_cli.contract.endpoint import Ability, Endpoint, Role

decide = Endpoint(
    name="interventions.decide",
    path="/_tickiti/interventions/decide",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.STAFF,
    writes=True,
)
index = Endpoint(
    name="callbacks.index",
    path="/_tickiti/callbacks",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.ADMIN,
    empty_body=True,
)
show = Endpoint(
    name="callbacks.show",
    path="/_tickiti/callbacks/show",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.ADMIN,
)
resend = Endpoint(
    name="callbacks.resend",
    path="/_tickiti/callbacks/resend",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.ADMIN,
    writes=True,
)
trigger = Endpoint(
    name="callbacks.trigger",
    path="/_tickiti/callbacks/trigger",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.ADMIN,
    writes=True,
)

ROWS = (decide, index, show, resend, trigger)
