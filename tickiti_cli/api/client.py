"""The one door through which commands call a server: it chooses the generation of the API.

Rule: a write goes to one generation only. The other one is asked after a definite refusal, before
which nothing can have happened, and never for a key that a later run may send again.
"""

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from tickiti_cli import paths
from tickiti_cli.api.journal.journal import Journal
from tickiti_cli.api.reply import TICKET_LISTS, Reply
from tickiti_cli.api.retry import REFUSED_SECONDS, Policy
from tickiti_cli.api.sender import Options, Remarks, Sender
from tickiti_cli.config.flags import GlobalFlags
from tickiti_cli.config.resolution import Config
from tickiti_cli.config.settings import BUILT_IN
from tickiti_cli.contract.classic import IN_BOTH_GENERATIONS
from tickiti_cli.contract.endpoint import MOST_ROWS, Endpoint
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.files.file_system import is_folder

if TYPE_CHECKING:
    from tickiti_cli.api.paging import Pages
    from tickiti_cli.files.name_cache import NameCache


class Client:
    """Calls the endpoints of one server. A row of the classic generation stands for the same
    endpoint of v1 as well."""

    def __init__(
        self,
        sender: Sender,
        config: Config,
        *,
        flags: GlobalFlags,
        environ: Mapping[str, str],
        journal: Journal,
        progress: Callable[[str], None],
    ) -> None:
        """`progress` shows a line to a person who watches."""
        self.sender = sender
        self._connection = config.connection
        self._flags = flags
        self._environ = environ
        self._journal = journal
        self._progress = progress
        self._answered: dict[Endpoint, Endpoint] = {}
        """The row that answered for each endpoint, by the endpoint's classic row."""

    @cached_property
    def names(self) -> "NameCache":
        """The cached names of this server for shell completion; a list command updates them."""
        from tickiti_cli.files.name_cache import NameCache  # noqa: PLC0415 - not for one ticket

        found = self._connection
        return NameCache(paths.names_dir(self._environ), found.base_url, found.profile)

    def call(
        self,
        row: Endpoint,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        within: float | None = None,
        **parameters: object,
    ) -> Reply:
        """Sends one request until there is a definite answer; the reply has the classic form.

        `key`: the idempotency key, in place of the flag's. `within`: seconds for all attempts.
        Raises what `Sender.call` raises.
        """
        if row not in IN_BOTH_GENERATIONS:
            return self.sender.call(row, body, key=key, within=within, **parameters)
        given = key or self._flags.idempotency_key
        known = None if key else self._answered.get(row)
        asked = known or self._first(row, given)
        try:
            reply = self.sender.call(asked, _body_for(asked, body), key=key, within=within)
        except ApiError as error:
            if known or not self._may_choose(given):
                self.warn_v1_only(row, error)
                raise
            from tickiti_cli.api import generations  # noqa: PLC0415 - once in a week

            if not generations.has_refused(error):
                self._warn_foreign(error)
                raise
            asked = generations.other_generation(asked, row)
            reply = self.sender.call(asked, _body_for(asked, body), key=key, within=within)
            memory = generations.GenerationMemory(self._environ, self._connection, row)
            memory.note(asked, error)
        if not key:
            self._answered[row] = asked
        if asked.name not in TICKET_LISTS:
            return reply
        from tickiti_cli.api import generations  # noqa: PLC0415 - no other reply differs

        return generations.as_classic(reply)

    def pages(
        self,
        row: Endpoint,
        body: Mapping[str, Any],
        *,
        member: str,
        limit: int,
        everything: bool,
        most: int = MOST_ROWS,
    ) -> "Pages":
        """Returns the rows of a paged list: `limit` of them, or all; `most` in one request."""
        from tickiti_cli.api.paging import Pages  # noqa: PLC0415 - only lists have pages

        call = partial(self.call, row)
        return Pages(call, body, member=member, limit=None if everything else limit, most=most)

    def pin_generation(self, row: Endpoint) -> Endpoint:
        """Returns the row that every run of a bulk job sends to: v1's where the profile says v1.
        `call` keeps to the same row from here on, even if GenerationMemory holds another one."""
        return self._answered.setdefault(row, _row_of(row, self._connection.api))

    def warn_v1_only(self, row: Endpoint, error: ApiError) -> None:
        """Tells that the token may be for v1, where `auto` could not choose and the classic
        endpoint answered 403."""
        found = self._connection
        if error.status == 403 and found.api == "auto" and _row_of(row, "v1") is not row:
            self._progress(
                "A key that is given, an import and an export use the classic endpoints under "
                "`auto`. If the token is for v1: "
                f"tickiti config set profiles.{found.profile}.api v1"
            )

    def _warn_foreign(self, error: ApiError) -> None:
        """Tells that no other endpoint was asked, because a proxy may have refused the first."""
        if error.is_foreign and error.status in (403, 404, 405):
            self._progress(
                "That answer is not plainly Tickiti's, so no other endpoint was asked. If this "
                "install has no v1: "
                f"tickiti config set profiles.{self._connection.profile}.api classic"
            )

    def _may_choose(self, given: str | None) -> bool:
        """False for a request that a later run may send again: one with a given key, and one that
        no journal keeps. A server may know the key for one endpoint and not for the other."""
        is_alone = given is None and not self._flags.no_journal
        return is_alone and self._connection.api == "auto"

    def _first(self, row: Endpoint, given: str | None) -> Endpoint:
        """Returns the row of the generation that is asked first."""
        api = self._connection.api
        if not self._may_choose(given):
            if api != "auto" or given is None:
                return _row_of(row, api)
            from tickiti_cli.api import generations  # noqa: PLC0415 - where there is a choice

            return generations.first_generation(self._journal, given, row)
        if is_folder(paths.generations_dir(self._environ)):
            from tickiti_cli.api import generations  # noqa: PLC0415 - where something is noted

            if generations.GenerationMemory(self._environ, self._connection, row).is_classic:
                return row
        return _row_of(row, "v1")


def sender_for(
    config: Config,
    *,
    flags: GlobalFlags,
    environ: Mapping[str, str],
    token: Callable[[], str],
    journal: Journal,
    remarks: Remarks,
) -> Sender:
    """Returns the sender of a connection, with the options of the flags and the settings."""
    connection, setting = config.connection, config.setting
    members = connection.members
    retries, max_time = setting("retries"), setting("max_time")
    is_asked = {retries.origin, max_time.origin} != {BUILT_IN}
    environment_ca = environ.get("REQUESTS_CA_BUNDLE") or None
    options = Options(
        timeout=setting("timeout").value,
        policy=Policy(retries.value, max_time.value, None if is_asked else REFUSED_SECONDS),
        ca_bundle=flags.ca_bundle or members.get("ca_bundle") or environment_ca,
        insecure=flags.insecure or members.get("insecure", False),
        origins=_tls_origins(flags, connection.profile, members),
        allow_http=flags.allow_http or members.get("allow_http", False),
        idempotency_key=flags.idempotency_key,
        is_preview=flags.dry_run or flags.print_curl,
        journal=None if flags.no_journal else journal,
        profile=connection.profile,
        proxy=members.get("proxy"),
    )
    return Sender(connection.base_url, token=token, options=options, remarks=remarks)


def _tls_origins(
    flags: GlobalFlags, profile: str | None, members: Mapping[str, Any]
) -> tuple[str, str]:
    """Returns where the certificate authorities and `insecure` come from, for their errors."""
    environment = "--ca-bundle" if flags.ca_bundle else "REQUESTS_CA_BUNDLE"
    of_profile = members.get("ca_bundle") and not flags.ca_bundle
    return (
        f"profile '{profile}': ca_bundle" if of_profile else environment,
        "--insecure" if flags.insecure else f"profile '{profile}': insecure",
    )


def _body_for(asked: Endpoint, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the body in the words of the generation: v1 calls the limit of a list row_limit."""
    if asked.name != "tickets.query" or "limit" not in body:
        return body
    return {"row_limit" if name == "limit" else name: value for name, value in body.items()}


def _row_of(row: Endpoint, api: str) -> Endpoint:
    if api != "v1":
        return row
    from tickiti_cli.contract.v1.tickets import TWINS  # noqa: PLC0415 - only v1 needs the rows

    return TWINS.get(row, row)
