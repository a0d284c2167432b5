"""How a v1 family writes its rows: `/api/v1/<family>/...`, two abilities and one role."""

from typing import NamedTuple, TypedDict, Unpack  # noqa: TID251 - keywords, not a body

from tickiti_cli.contract.endpoint import V1, Ability, Body, Endpoint, Envelope, Key, Plan, Role


class Options(TypedDict, total=False):
    """The options of a route that replace those of its family."""

    plans: tuple[Plan, ...]
    sysadmin: bool
    envelope: Envelope
    served: bool
    body: Body
    key: Key
    action: str
    """The word that a minted key may be bound to."""
    is_off: bool


class Family(NamedTuple):
    """The properties that all rows of a family share. `read`, `write` and `upload` make one row
    each."""

    name: str
    role: Role
    read_ability: Ability
    write_ability: Ability | None = None
    defaults: Options = {}  # noqa: RUF012 - read only

    def read(self, verb: str, path: str, **options: Unpack[Options]) -> Endpoint:
        """A route that changes nothing: either ability opens it, and no body means `{}`."""
        either = (self.read_ability, self.write_ability)
        needs = tuple(ability for ability in either if ability is not None)
        return self._row(verb, path, needs=needs, writes=False, options=options)

    def write(self, verb: str, path: str, **options: Unpack[Options]) -> Endpoint:
        """A route that changes something: only the write ability opens it, and a key that is sent
        is honoured."""
        assert self.write_ability is not None
        options = {"key": Key.OPTIONAL, **options}
        return self._row(verb, path, needs=(self.write_ability,), writes=True, options=options)

    def upload(self, verb: str, path: str, **options: Unpack[Options]) -> Endpoint:
        """A route that takes a file as multipart/form-data. A key is ignored, because the same
        bytes again change nothing."""
        own: Options = {"key": Key.NONE, "body": Body.MULTIPART, **options}
        return self.write(verb, path, **own)

    def _row(
        self,
        verb: str,
        path: str,
        *,
        needs: tuple[Ability, ...],
        writes: bool,
        options: Options,
    ) -> Endpoint:
        own: Options = {
            "envelope": Envelope.BARE,
            "served": False,
            **self.defaults,
            **options,
        }
        return Endpoint(
            name=f"{self.name}.{verb}",
            path=f"{V1}{path}",
            needs=needs,
            role=self.role,
            writes=writes,
            empty_body=not writes,
            **own,
        )
