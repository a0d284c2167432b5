"""v1 templates: templates of e-mails, notifications, interventions and FAQs.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class Templates(Group):
    """`client.templates`."""

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateTemplate]
    ) -> types.TemplateShown:
        """Create a template. An FAQ needs no identifier: the server names it `faq-<id>`.

        Example::

            client.templates.create(
                type="email",
                identifier="warranty.received",
                category="Sales",
                subcategory="Sales",
                subject="Your order {{order.id}}",
                content="<p>Dear {{name}}, we have your {{lines.0.sku}}.</p>",
                description="Sent on arrival.",
                legend="order.id: the number of the order",
                keywords="order, shoes",
                ordinal=0,
            )
        """
        return self._call("templates.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindTemplate]
    ) -> types.Done:
        """Delete a template. Deleting what does not exist succeeds.

        Example::

            client.templates.delete(template_id=1)
        """
        return self._call("templates.delete", body, key=idempotency_key)

    def faqs(self) -> list[types.TemplateRow]:
        """List the FAQs by ordinal.

        Example::

            client.templates.faqs()
        """
        return self._call("templates.faqs", {})

    def image_upload(self, **body: Unpack[types.UploadImage]) -> types.ImageUploaded:
        """Upload an image for a template. Its content refers to the image by the reply's cid.

        An image that no content refers to is forgotten after 24 hours.

        Example::

            client.templates.image_upload(template_id=1, file=Path("file.png"))
        """
        return self._call("templates.image_upload", body)

    def index(self) -> list[types.TemplateRow]:
        """List the templates, without FAQs.

        Example::

            client.templates.index()
        """
        return self._call("templates.index", {})

    def render(self, **body: Unpack[types.RenderTemplateV1]) -> types.RenderedTemplate:
        """Render a template of one type with data. Nothing is sent.

        Example::

            client.templates.render(
                template_identifier="warranty.received",
                data={"lines": [{"sku": "VP-3"}], "name": "Marcus", "order": {"id": 4711}},
                type="email",
            )
        """
        return self._call("templates.render", body)

    def search(self, **body: Unpack[types.SearchTemplates]) -> list[types.TemplateRow]:
        """Search templates by words in identifier, subject, content or keywords, ignoring case.

        FAQs and stock responses are included.

        Example::

            client.templates.search(search="order", mode="templates")
        """
        return self._call("templates.search", body)

    def show(self, **body: Unpack[types.FindTemplate]) -> types.TemplateShown:
        """Show a template and its content.

        Example::

            client.templates.show(template_id=1)
        """
        return self._call("templates.show", body)

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateTemplate]
    ) -> types.Done:
        """Update a template. Omitted fields stay as they are.

        Example::

            client.templates.update(
                template={
                    "id": 1,
                    "type": "email",
                    "identifier": "warranty.received",
                    "category": "Sales",
                    "subcategory": "Sales",
                    "subject": "Your order {{order.id}}",
                    "content": "<p>Dear {{name}}, we have your {{lines.0.sku}}.</p>",
                    "description": "Sent on arrival.",
                    "legend": "order.id: the number of the order",
                    "keywords": "order, shoes",
                    "ordinal": 0,
                }
            )
        """
        return self._call("templates.update", body, key=idempotency_key)
