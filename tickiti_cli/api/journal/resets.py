"""The operations that began before the last reset of their server, which is in test mode.

Rule: nothing of such an operation is left, so that it neither counts as pending nor is sent. An
operation whose server cannot be asked stays pending.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from tickiti_cli.api.journal import token_family
from tickiti_cli.api.journal.epoch import Epoch, epoch_of
from tickiti_cli.api.journal.journal import Bearer, Operation, State
from tickiti_cli.api.sender import Sender
from tickiti_cli.config.flags import GlobalFlags
from tickiti_cli.config.resolution import Config
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import ConfigProblem, TickitiError


class Resets:
    """What one run knows of the servers of operations. Each server is asked once."""

    def __init__(
        self,
        flags: GlobalFlags,
        environ: Mapping[str, str],
        sender_of: Callable[[Config], Sender],
    ) -> None:
        """`sender_of` makes a sender without a journal."""
        self._flags, self._environ = flags, environ
        self._sender_of = sender_of
        self._configs: dict[tuple[str | None, str], Config] = {}
        """The configurations by profile and address, because a token from standard input can be
        read only once."""

        self._epochs: dict[str, Epoch | None] = {}
        self._relatives: dict[tuple[str | None, str, Bearer], bool] = {}

    def without_reset(self, entries: Iterable[Operation]) -> list[Operation]:
        """The entries except the pending ones from before a reset."""
        return [entry for entry in entries if not self.is_reset(entry)]

    def is_reset(self, entry: Operation) -> bool:
        """True for a pending operation from before a reset. False where its server gives no answer,
        or nothing tells which server to ask."""
        # A token on standard input is for the command itself, and can be read only once.
        if entry.state is not State.PENDING or self._flags.token_file == "-":  # noqa: S105
            return False
        with suppress(ApiError, TickitiError):
            return self.was_reset(entry)
        return False

    def was_reset(self, entry: Operation) -> bool:
        """True if an operation began before the last reset of its server.

        An operation of another token may be of another server, which had the address or the
        profile before: the server is asked whether that token is a relative. Raises the errors of
        these requests.
        """
        config = self.config_of(entry)
        base_url = config.connection.base_url
        if base_url not in self._epochs:
            self._epochs[base_url] = epoch_of(self._sender_of(config), base_url)
        epoch = self._epochs[base_url]
        if epoch is None or epoch.has(entry):
            return False
        known = entry.profile, entry.base_url, entry.bearer
        if known not in self._relatives:
            self._relatives[known] = token_family.is_the_same(
                self._sender_of(config),
                entry.bearer,
                Bearer.of(config.token),
                has_moved=base_url != entry.base_url,
            )
        return self._relatives[known]

    def config_of(self, entry: Operation) -> Config:
        """Return the configuration that leads to the operation's server and token. Raises
        ConfigProblem where nothing does."""
        known = self._configs.get((entry.profile, entry.base_url))
        if known is not None:
            return known
        config = Config(self._flags._replace(profile=entry.profile), self._environ)
        # A profile may have moved with its server. An operation without a profile has only its
        # address. A profile's token for that address may be of another family, and the server
        # would take the key as a new one.
        found = config.connection
        if entry.profile is None and (found.profile or found.base_url != entry.base_url):
            raise ConfigProblem(
                f"Operation {entry.id} belongs to {entry.base_url}, and no token for it is given.",
                hint=f"Add --base-url {entry.base_url} and a token with --token-file FILE.",
            )
        self._configs[entry.profile, entry.base_url] = config
        return config
