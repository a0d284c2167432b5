"""The request log under `/_tickiti/`, which only the bundled server has."""

from tickiti_cli.contract.endpoint import Ability, Endpoint, Role

index = Endpoint(
    name="requests.index",
    path="/_tickiti/requests",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.ADMIN,
    empty_body=True,
)

ROWS = (index,)
