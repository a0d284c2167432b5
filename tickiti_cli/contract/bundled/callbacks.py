"""Callbacks under `/_tickiti/`, which only the bundled server has: the decisions of interventions,
what was told of them to other systems, and how far each delivery is."""

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

ROWS = (decide, index, show, resend)
