"""The outbox under `/_tickiti/`: outgoing mail and its state; only on the bundled server."""

from tickiti_cli.contract.endpoint import Ability, Endpoint, Role

index = Endpoint(
    name="outbox.index",
    path="/_tickiti/outbox",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.ADMIN,
    empty_body=True,
)
show = Endpoint(
    name="outbox.show",
    path="/_tickiti/outbox/show",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.ADMIN,
)
release = Endpoint(
    name="outbox.release",
    path="/_tickiti/outbox/release",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.ADMIN,
    writes=True,
)
cancel = Endpoint(
    name="outbox.cancel",
    path="/_tickiti/outbox/cancel",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.ADMIN,
    writes=True,
)

ROWS = (index, show, release, cancel)
