"""The endpoint that applies seeds."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract.bundled.test_mode import state as contract
from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.api.handler import handles
from tickiti_server.api.seeds.declared import apply_seeds
from tickiti_server.api.seeds.entries import Seed
from tickiti_server.api.seeds.refused import SeedRefused
from tickiti_server.api.seeds.secrets import SeededToken
from tickiti_server.api.test_mode.control import Control
from tickiti_server.auth.first_token import find_controlling
from tickiti_server.store.interface import Transaction
from tickiti_server.validation.fields import Body, Line


class SeedFile(Body):
    file: Annotated[Line, Field(description="Its name in errors.", examples=["shop.toml"])]
    entries: Annotated[
        dict[str, Any],
        Field(
            description="The entries by kind: user, queue, ticket and so on.",
            examples=[{"queue": [{"name": "Returns"}]}],
        ),
    ]


class ApplySeeds(Body):
    seeds: Annotated[list[SeedFile], Field(min_length=1, max_length=100)]


class MadeToken(TypedDict):
    name: Annotated[str, Field(examples=["shop"])]
    token: Annotated[str, Field(examples=["7|tkt_..."])]
    secret_file: Annotated[str | None, Field(examples=["shop.token"])]
    file: Annotated[str, Field(description="The seed that made it.", examples=["shop.toml"])]


class Seeded(TypedDict):
    tokens: Annotated[
        list[MadeToken],
        Field(description="The new secrets of tokens, of rotations and of interventions."),
    ]


@handles(contract.seed)
async def seed(control: Control, body: ApplySeeds) -> Seeded:
    """Make every entry that no seed has made before: all of them, or none."""
    now = (await control.clock.show()).now
    seeds = [Seed(one.file, one.entries) for one in body.seeds]

    def apply(tx: Transaction) -> list[SeededToken]:
        return apply_seeds(tx, seeds, token_id=find_controlling(tx), now=now)

    try:
        made = await control.database.write(apply)
    except SeedRefused as error:
        raise ValidationFailed.of("seeds", str(error)) from None
    return {"tokens": [_shown(token) for token in made]}


def _shown(made: SeededToken) -> MadeToken:
    return {
        "name": made.name,
        "token": made.token,
        "secret_file": made.secret_file,
        "file": made.file,
    }
