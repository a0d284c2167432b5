"""The check of a token that a person or a script gives to tickiti."""

from tickiti_cli.contract.token_format import SECRET_PREFIX, is_minted_secret, split_token
from tickiti_cli.errors import UsageProblem


def checked_id(token: str) -> int:
    """Return the id of a token. Raises UsageProblem for a text that is not a whole token."""
    found = split_token(token)
    if found is None:
        raise UsageProblem("That is not a token: a token looks like 14|tkt_... and has no spaces.")
    token_id, secret = found
    if secret.startswith(SECRET_PREFIX) and not is_minted_secret(secret):
        raise UsageProblem("That token is not complete: its checksum does not match.")
    return token_id
