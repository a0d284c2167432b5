"""v1 settings: perspectives, watchlists, hashtags and stock responses.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class SettingsHashtags(Group):
    """`client.settings.hashtags`."""

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindTag]
    ) -> types.Done:
        """Remove a hashtag from all tickets. Deleting an unknown one succeeds.

        Example::

            client.settings.hashtags.delete(tag="outdated")
        """
        return self._call("settings.hashtags.delete", body, key=idempotency_key)

    def index(self) -> list[types.Hashtag]:
        """List the hashtags of the tickets that you may view, by name.

        Example::

            client.settings.hashtags.index()
        """
        return self._call("settings.hashtags.index", {})


class SettingsPerspectives(Group):
    """`client.settings.perspectives`."""

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreatePerspective]
    ) -> types.PerspectiveCreated:
        """Create a perspective: a saved view with conditions and an order.

        Only an admin may create a shared one.

        Example::

            client.settings.perspectives.create(
                name="Open orders",
                shared=True,
                description="Tickets of Sales.",
                display_mode="list",
                conditions=[{"field": "status", "operator": "is", "value": "open"}],
                orders=[{"field": "priority", "ascending": False}],
            )
        """
        return self._call("settings.perspectives.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindPerspective]
    ) -> types.Done:
        """Delete a perspective; its tickets stay. Deleting what does not exist succeeds.

        Only an admin may delete a shared one.

        Example::

            client.settings.perspectives.delete(perspective_id=2)
        """
        return self._call("settings.perspectives.delete", body, key=idempotency_key)

    def index(self, **body: Unpack[types.ListPerspectives]) -> types.Perspectives:
        """List your own perspectives; with scope `all`, the shared and built-in ones as well.

        Example::

            client.settings.perspectives.index(scope="all")
        """
        return self._call("settings.perspectives.index", body)

    def show(self, **body: Unpack[types.ShowPerspective]) -> types.PerspectiveShown:
        """Show a perspective by its id or name.

        Example::

            client.settings.perspectives.show(perspective_id=2)
        """
        return self._call("settings.perspectives.show", body)

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdatePerspective]
    ) -> types.Done:
        """Change a perspective; only an admin may change a shared one.

        Example::

            client.settings.perspectives.update(
                perspective_id=2,
                name="Open orders",
                shared=True,
                description="Tickets of Sales.",
                display_mode="list",
                conditions=[{"field": "status", "operator": "is", "value": "open"}],
                orders=[{"field": "priority", "ascending": False}],
            )
        """
        return self._call("settings.perspectives.update", body, key=idempotency_key)


class SettingsStockResponses(Group):
    """`client.settings.stock_responses`."""

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateStockResponse]
    ) -> types.StockResponseShown:
        """Create a stock response.

        Example::

            client.settings.stock_responses.create(
                identifier="returns.label",
                category="Returns",
                subcategory="Label",
                subject="Your label",
                keywords="return, label",
                content="<p>The label is in the box.</p>",
                is_enabled=True,
                notes="Europe only.",
                ai_relevance="as_is",
            )
        """
        return self._call("settings.stock_responses.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindTemplate]
    ) -> types.Done:
        """Delete a stock response. Deleting what does not exist succeeds.

        Example::

            client.settings.stock_responses.delete(template_id=1)
        """
        return self._call("settings.stock_responses.delete", body, key=idempotency_key)

    def image_upload(self, **body: Unpack[types.UploadImage]) -> types.ImageUploaded:
        """Upload an image for a stock response. Its content refers to the image by the reply's cid.

        An image that no content refers to is forgotten after 24 hours.

        Example::

            client.settings.stock_responses.image_upload(template_id=1, file=Path("file.png"))
        """
        return self._call("settings.stock_responses.image_upload", body)

    def index(self, **body: Unpack[types.ListStockResponses]) -> list[types.StockResponse]:
        """List the stock responses, by category and identifier.

        Example::

            client.settings.stock_responses.index(search="label")
        """
        return self._call("settings.stock_responses.index", body)

    def show(self, **body: Unpack[types.FindTemplate]) -> types.StockResponseShown:
        """Show a stock response and its content.

        Example::

            client.settings.stock_responses.show(template_id=1)
        """
        return self._call("settings.stock_responses.show", body)

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateStockResponse]
    ) -> types.Done:
        """Update a stock response. Omitted fields stay as they are.

        Example::

            client.settings.stock_responses.update(
                template={
                    "id": 1,
                    "identifier": "returns.label",
                    "category": "Returns",
                    "subcategory": "Label",
                    "subject": "Your label",
                    "keywords": "return, label",
                    "content": "<p>The label is in the box.</p>",
                    "is_enabled": True,
                    "notes": "Europe only.",
                    "ai_relevance": "as_is",
                }
            )
        """
        return self._call("settings.stock_responses.update", body, key=idempotency_key)


class SettingsWatchlists(Group):
    """`client.settings.watchlists`."""

    def add_tickets(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.WatchlistTickets]
    ) -> types.Done:
        """Add tickets to the end of a watchlist; tickets on it keep their position.

        Example::

            client.settings.watchlists.add_tickets(watchlist_id=1, ticket_ids=[1])
        """
        return self._call("settings.watchlists.add_tickets", body, key=idempotency_key)

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateWatchlist]
    ) -> types.WatchlistCreated:
        """Create a watchlist; only an admin may create a shared one.

        Example::

            client.settings.watchlists.create(
                name="Berlin Marathon",
                icon="running-shoe",
                shared=True,
                description="Broken in the race.",
                display_mode="card",
            )
        """
        return self._call("settings.watchlists.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindWatchlist]
    ) -> types.Done:
        """Delete a watchlist; its tickets stay. Deleting what does not exist succeeds.

        Only an admin may delete a shared one.

        Example::

            client.settings.watchlists.delete(watchlist_id=1)
        """
        return self._call("settings.watchlists.delete", body, key=idempotency_key)

    def index(self) -> types.Watchlists:
        """List the shared watchlists and your own, with the tickets that you may view.

        Example::

            client.settings.watchlists.index()
        """
        return self._call("settings.watchlists.index", {})

    def remove_tickets(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.WatchlistTickets]
    ) -> types.Done:
        """Remove tickets from a watchlist. Tickets that are not on it are ignored.

        Example::

            client.settings.watchlists.remove_tickets(watchlist_id=1, ticket_ids=[1])
        """
        return self._call("settings.watchlists.remove_tickets", body, key=idempotency_key)

    def reorder(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.WatchlistTickets]
    ) -> types.Done:
        """Move tickets to the start of a watchlist, in this order.

        Example::

            client.settings.watchlists.reorder(watchlist_id=1, ticket_ids=[1])
        """
        return self._call("settings.watchlists.reorder", body, key=idempotency_key)

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateWatchlist]
    ) -> types.Done:
        """Update a watchlist or its visibility; only an admin may change a shared one.

        Example::

            client.settings.watchlists.update(
                watchlist_id=1,
                name="Berlin Marathon",
                icon="running-shoe",
                shared=True,
                description="Broken in the race.",
                display_mode="card",
            )
        """
        return self._call("settings.watchlists.update", body, key=idempotency_key)


class Settings(Group):
    """`client.settings`."""

    @cached_property
    def hashtags(self) -> SettingsHashtags:
        return SettingsHashtags(self._calls)

    @cached_property
    def perspectives(self) -> SettingsPerspectives:
        return SettingsPerspectives(self._calls)

    @cached_property
    def stock_responses(self) -> SettingsStockResponses:
        return SettingsStockResponses(self._calls)

    @cached_property
    def watchlists(self) -> SettingsWatchlists:
        return SettingsWatchlists(self._calls)
