"""The request log under `/_tickiti/`; only on the bundled server."""

from tickiti_cli.contract.endpoint import Ability, Endpoint, Role

index = Endpoint(
    name="requests.index",
    path="/_tickiti/requests",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.ADMIN,
    empty_body=True,
)
show = Endpoint(
    name="requests.show",
    path="/_tickiti/requests/show",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.ADMIN,
)

ROWS = (index, show)
