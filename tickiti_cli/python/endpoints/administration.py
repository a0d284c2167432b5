"""v1 administration: tokens, users, teams, branding, licence, storage and the system itself.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class AdministrationAi(Group):
    """`client.administration.ai`."""

    def index(self) -> types.Assistant:
        """Show the assistant's settings, without its key.

        Example::

            client.administration.ai.index()
        """
        return self._call("administration.ai.index", {})

    def update(self, **body: Unpack[types.UpdateAssistant]) -> types.Done:
        """Update the assistant's settings. A new key overrides `ai_api_key_clear`.

        Example::

            client.administration.ai.update(
                current_password="secret",
                ai_enabled=False,
                ai_auto_send_threshold=90,
                ai_persona="A calm shoe expert.",
                ai_api_key="sk-example",
            )
        """
        return self._call("administration.ai.update", body)


class AdministrationApiTokens(Group):
    """`client.administration.api_tokens`."""

    def create(self, **body: Unpack[types.CreateApiToken]) -> types.CreatedApiToken:
        """Create a token without expiry. The token is only in this reply.

        Example::

            client.administration.api_tokens.create(
                name="sales-portal",
                owner="system",
                abilities=["tickets:read", "tickets:write"],
                allowed_ip="127.0.0.0/8",
            )
        """
        return self._call("administration.api_tokens.create", body)

    def index(self) -> types.ApiTokens:
        """List the live tokens, without their secrets.

        Example::

            client.administration.api_tokens.index()
        """
        return self._call("administration.api_tokens.index", {})

    def revoke(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindById]
    ) -> types.Done:
        """Revoke a token, effective from the next request. Revoking twice succeeds.

        Example::

            client.administration.api_tokens.revoke(id=14)
        """
        return self._call("administration.api_tokens.revoke", body, key=idempotency_key)

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.EditToken]
    ) -> types.Done:
        """Change a token's name, abilities or allowed addresses. The next request sees it.

        Example::

            client.administration.api_tokens.update(
                id=14, name="sales-portal", abilities=["tickets:read"], allowed_ip="127.0.0.0/8"
            )
        """
        return self._call("administration.api_tokens.update", body, key=idempotency_key)


class AdministrationBranding(Group):
    """`client.administration.branding`."""

    def app_logo(self, **body: Unpack[types.UploadFile]) -> types.Done:
        """Upload the logo of the pages, an image of at most 2 MiB. It replaces the previous one.

        Example::

            client.administration.branding.app_logo(file=Path("file.png"))
        """
        return self._call("administration.branding.app_logo", body)

    def email_logo(self, **body: Unpack[types.UploadFile]) -> types.Done:
        """Upload the logo of mails, an image of at most 2 MiB. It replaces the previous one.

        Example::

            client.administration.branding.email_logo(file=Path("file.png"))
        """
        return self._call("administration.branding.email_logo", body)

    def index(self) -> types.Branding:
        """Show name, colour, footer and logos.

        Example::

            client.administration.branding.index()
        """
        return self._call("administration.branding.index", {})

    def reset_app_logo(self, *, idempotency_key: str | None = None) -> types.Done:
        """Delete the logo of the pages. Resetting what is not set succeeds.

        Example::

            client.administration.branding.reset_app_logo()
        """
        return self._call("administration.branding.reset_app_logo", {}, key=idempotency_key)

    def reset_email_logo(self, *, idempotency_key: str | None = None) -> types.Done:
        """Delete the logo of mails. Resetting what is not set succeeds.

        Example::

            client.administration.branding.reset_email_logo()
        """
        return self._call("administration.branding.reset_email_logo", {}, key=idempotency_key)

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateBranding]
    ) -> types.Done:
        """Change name, colour or footer.

        Example::

            client.administration.branding.update(
                product_name="Sole Trader help", primary_colour="#1d4ed8", footer="Sole Trader Ltd"
            )
        """
        return self._call("administration.branding.update", body, key=idempotency_key)


class AdministrationCustomDomain(Group):
    """`client.administration.custom_domain`."""

    def status(self) -> types.Domain:
        """Show your own domain and its status.

        Example::

            client.administration.custom_domain.status()
        """
        return self._call("administration.custom_domain.status", {})

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateDomain]
    ) -> types.Done:
        """Set your own domain. It is stored; the bundled server makes no DNS lookup.

        Example::

            client.administration.custom_domain.update(
                current_password="secret", domain="support.sole-trader.example"
            )
        """
        return self._call("administration.custom_domain.update", body, key=idempotency_key)


class AdministrationLicence(Group):
    """`client.administration.licence`."""

    def index(self) -> types.Licence:
        """Show the plan and its features.

        Example::

            client.administration.licence.index()
        """
        return self._call("administration.licence.index", {})


class AdministrationStorage(Group):
    """`client.administration.storage`."""

    def delete_closed(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.DeleteClosed]
    ) -> types.Deleted:
        """Delete closed tickets that nobody has touched for that long, with their responses, for good.

        The first 20 are gone with the reply, the others within the next seconds or minutes,
        also over a restart; one that somebody reopens before that stays. Their numbers are
        never given again.

        Example::

            client.administration.storage.delete_closed(older_than_days=730)
        """
        return self._call("administration.storage.delete_closed", body, key=idempotency_key)

    def delete_orphaned(self, *, idempotency_key: str | None = None) -> types.OrphansDeleted:
        """Delete uploaded files and images without references now, not after 24 hours.

        Example::

            client.administration.storage.delete_orphaned()
        """
        return self._call("administration.storage.delete_orphaned", {}, key=idempotency_key)

    def retention(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.SetRetention]
    ) -> types.Done:
        """Set how long delivered mail is kept. Older mail is forgotten in the background.

        Example::

            client.administration.storage.retention(sent_mail_retention_days=365)
        """
        return self._call("administration.storage.retention", body, key=idempotency_key)


class AdministrationSystem(Group):
    """`client.administration.system`."""

    def index(self) -> types.System:
        """Show the settings of the system.

        Example::

            client.administration.system.index()
        """
        return self._call("administration.system.index", {})

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateSystem]
    ) -> types.Done:
        """Update the system settings. Existing rights of users stay as they are.

        Example::

            client.administration.system.update(
                permissions_model="permissive",
                max_attachment_mb=50,
                notification_mode="full",
                max_responses_in_mail=10,
                sent_mail_retention_days=365,
            )
        """
        return self._call("administration.system.update", body, key=idempotency_key)


class AdministrationTeams(Group):
    """`client.administration.teams`."""

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateTeam]
    ) -> types.TeamCreated:
        """Create a team.

        Example::

            client.administration.teams.create(name="Returns", user_ids=[])
        """
        return self._call("administration.teams.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindTeam]
    ) -> types.Done:
        """Delete a team whose tickets are all closed; deleted tickets count.

        Deleting an unknown team succeeds.

        Example::

            client.administration.teams.delete(team_id=1)
        """
        return self._call("administration.teams.delete", body, key=idempotency_key)

    def index(self) -> types.TeamChoices:
        """List the teams with their members, the oldest first.

        Example::

            client.administration.teams.index()
        """
        return self._call("administration.teams.index", {})

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateTeam]
    ) -> types.Done:
        """Rename a team or replace its staff.

        Example::

            client.administration.teams.update(team_id=1, name="Returns and refunds", user_ids=[])
        """
        return self._call("administration.teams.update", body, key=idempotency_key)


class AdministrationUsers(Group):
    """`client.administration.users`."""

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateUser]
    ) -> types.CreatedUser:
        """Create a user, or turn a customer into a user.

        Example::

            client.administration.users.create(
                name="Erin Vale",
                email="erin@sole-trader.example",
                is_staff=True,
                is_admin=False,
                tonic_notifications=False,
            )
        """
        return self._call("administration.users.create", body, key=idempotency_key)

    def index(self) -> types.Users:
        """List the users, oldest first.

        Users are staff and API accounts. Their queues are those where rights were given.

        Example::

            client.administration.users.index()
        """
        return self._call("administration.users.index", {})

    def queue_detach(
        self, *, user: int, queue: int, idempotency_key: str | None = None
    ) -> types.Done:
        """Remove all rights of a user in a queue.

        Example::

            client.administration.users.queue_detach(user=1, queue=1)
        """
        return self._call(
            "administration.users.queue_detach",
            {},
            key=idempotency_key,
            place={"user": user, "queue": queue},
        )

    def queue_upsert(
        self,
        *,
        user: int,
        queue: int,
        idempotency_key: str | None = None,
        **body: Unpack[types.SetQueueRights],
    ) -> types.Done:
        """Set a user's rights in a queue, effective from the next request.

        Example::

            client.administration.users.queue_upsert(
                user=1, queue=1, can_view=True, can_manage=True, can_delete=False
            )
        """
        return self._call(
            "administration.users.queue_upsert",
            body,
            key=idempotency_key,
            place={"user": user, "queue": queue},
        )

    def update(
        self, *, user: int, idempotency_key: str | None = None, **body: Unpack[types.UpdateUser]
    ) -> types.Done:
        """Update the roles of a user, effective from the next request of the user's tokens.

        Example::

            client.administration.users.update(
                user=1, is_staff=True, is_admin=False, tonic_notifications=False
            )
        """
        return self._call(
            "administration.users.update", body, key=idempotency_key, place={"user": user}
        )


class Administration(Group):
    """`client.administration`."""

    @cached_property
    def ai(self) -> AdministrationAi:
        return AdministrationAi(self._calls)

    @cached_property
    def api_tokens(self) -> AdministrationApiTokens:
        return AdministrationApiTokens(self._calls)

    @cached_property
    def branding(self) -> AdministrationBranding:
        return AdministrationBranding(self._calls)

    @cached_property
    def custom_domain(self) -> AdministrationCustomDomain:
        return AdministrationCustomDomain(self._calls)

    @cached_property
    def licence(self) -> AdministrationLicence:
        return AdministrationLicence(self._calls)

    @cached_property
    def storage(self) -> AdministrationStorage:
        return AdministrationStorage(self._calls)

    @cached_property
    def system(self) -> AdministrationSystem:
        return AdministrationSystem(self._calls)

    @cached_property
    def teams(self) -> AdministrationTeams:
        return AdministrationTeams(self._calls)

    @cached_property
    def users(self) -> AdministrationUsers:
        return AdministrationUsers(self._calls)
