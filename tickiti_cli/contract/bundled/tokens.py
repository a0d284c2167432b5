"""Token management under `/_tickiti/`; only on the bundled server."""

from tickiti_cli.contract.endpoint import Ability, Access, Endpoint, Role


def _row(verb: str, *, path: str, writes: bool) -> Endpoint:
    return Endpoint(
        name=f"tokens.{verb}",
        path=f"/_tickiti/{path}",
        needs=(Ability.MANAGE_TOKENS,),
        role=Role.STAFF,
        writes=writes,
        empty_body=not writes,
    )


index = _row("index", path="tokens", writes=False)
mint = _row("mint", path="tokens/mint", writes=True)
rotate = _row("rotate", path="tokens/rotate", writes=True)
edit = _row("edit", path="tokens/edit", writes=True)
retire = _row("retire", path="tokens/retire", writes=True)
revoke = _row("revoke", path="tokens/revoke", writes=True)
prune = _row("prune", path="tokens/prune", writes=True)
audit = _row("audit", path="tokens/audit", writes=False)
self_ = Endpoint(
    name="tokens.self", path="/_tickiti/tokens/self", access=Access.TOKEN, empty_body=True
)

ROWS = (index, mint, rotate, edit, retire, revoke, prune, audit, self_)
