"""Templates: stored, changed, and rendered with data for a ticket or an e-mail.

Rule: only a template whose placeholders can be parsed is stored.
"""

import re
from collections.abc import Sequence

from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import (
    TemplateDataMissing,
    TemplateNotFound,
    TemplateSyntax,
    ValidationFailed,
)
from tickiti_cli.contract.placeholders import parse
from tickiti_cli.contract.v1 import templates as contract
from tickiti_cli.contract.vocabulary import TemplateType
from tickiti_server.api.call import Call
from tickiti_server.api.done import Done
from tickiti_server.api.handler import handles
from tickiti_server.api.templates import images
from tickiti_server.api.templates.bodies.templates import (
    STOCK_RESPONSE,
    CreateTemplate,
    FindTemplate,
    RenderedTemplate,
    RenderTemplate,
    RenderTemplateV1,
    SearchTemplates,
    Template,
    TemplateRow,
    TemplateShown,
    UpdateTemplate,
)
from tickiti_server.clock import rfc3339
from tickiti_server.rendering.images import Image
from tickiti_server.rendering.templates import Data, Rendered, render
from tickiti_server.store.helpdesk import templates as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.texts import stock_responses
from tickiti_server.store.texts.images import Owner

_WITHOUT_FAQS = tuple(kind for kind in TemplateType if kind is not TemplateType.FAQ)

_FAQ_NAME = re.compile("faq-[0-9]+", re.IGNORECASE)
"""The identifiers that the server gives to FAQs."""

_WORD = re.compile(r'"([^"]*)"?|(\S+)')
"""A phrase in quotation marks, or a word."""


def filled(
    call: Call,
    identifier: str,
    data: Data,
    *,
    field: str = "template_identifier",
    bag: str = "data",
) -> Rendered:
    """The template rendered with its data. Slow, so a preparation calls it.

    `field` and `bag` are the members of the request that hold the identifier and the data. Raises
    TemplateNotFound, TemplateDataMissing, ValidationFailed.
    """
    return _rendered(call, usable(call, identifier, field=field), data, bag=bag)


def _rendered(call: Call, row: Row, data: Data, *, bag: str) -> Rendered:
    """The template with its data and its images."""
    rendered = render(row["subject"], row["content"], data, bag=bag)
    (content,) = images.inlined(call, Owner.TEMPLATE, [row["id"]], [rendered.content])
    return rendered._replace(content=content)


def usable(call: Call, identifier: str, *, field: str = "template_identifier") -> Row:
    """The row of a template. Raises TemplateNotFound where it is missing or disabled."""
    row = stored.find_template_by_identifier(call.tx, identifier)
    if row is None:
        raise TemplateNotFound(identifier, field=field)
    if not row["enabled"]:
        raise TemplateNotFound.disabled(identifier, field=field)
    return row


def is_usable(call: Call, identifier: str) -> bool:
    """Whether there is a template of this identifier that is not disabled."""
    row = stored.find_template_by_identifier(call.tx, identifier)
    return row is not None and bool(row["enabled"])


def _fill(call: Call, body: RenderTemplate) -> Rendered:
    return filled(call, body.template_identifier, body.data)


@handles(classic.render_template, prepare=_fill, refuses=(TemplateNotFound, TemplateDataMissing))
def render_template(call: Call, body: RenderTemplate, rendered: Rendered) -> RenderedTemplate:
    """Render a template with data. Nothing is sent."""
    usable(call, body.template_identifier)
    return {"subject": rendered.subject, "content": rendered.content}


@handles(contract.render, refuses=(TemplateNotFound, TemplateDataMissing))
def render_v1(call: Call, body: RenderTemplateV1) -> RenderedTemplate:
    """Render a template of one type with data. Nothing is sent."""
    row = usable(call, body.template_identifier)
    if row["type"] != body.type:
        raise TemplateNotFound(body.template_identifier)
    rendered = _rendered(call, row, body.data, bag="data")
    return {"subject": rendered.subject, "content": rendered.content}


@handles(contract.index)
def index(call: Call) -> list[TemplateRow]:
    """List the templates, without FAQs."""
    return [_row(row) for row in stored.list_templates(call.tx, types=_WITHOUT_FAQS)]


@handles(contract.faqs)
def faqs(call: Call) -> list[TemplateRow]:
    """List the FAQs by ordinal."""
    return [_row(row) for row in stored.list_faqs(call.tx)]


@handles(contract.search)
def search(call: Call, body: SearchTemplates) -> list[TemplateRow]:
    """Search templates by words in identifier, subject, content or keywords, ignoring case.

    FAQs and stock responses are included.
    """
    words = words_of(body.search or body.q or "")
    rows: list[TemplateRow] = []
    if body.type != STOCK_RESPONSE:
        types = [body.type] if body.type else [*TemplateType]
        rows += [_row(row) for row in stored.search_templates(call.tx, words, types=types)]
    if body.type in (None, STOCK_RESPONSE):
        found = stock_responses.list_stock_responses(call.tx, words)
        rows += [_stock_row(row) for row in found]
    return sorted(rows, key=lambda row: row["identifier"])


def words_of(text: str) -> list[str]:
    """The words of a search, each once; what is in quotation marks is one word."""
    found = (phrase or word for phrase, word in _WORD.findall(text))
    return [*dict.fromkeys(word for word in found if word.strip())]


@handles(contract.show, refuses=(TemplateNotFound,))
def show(call: Call, body: FindTemplate) -> TemplateShown:
    """Show a template and its content."""
    return {"template": _template(_found(call, body.template_id, field="template_id"))}


def _split_new(_call: Call, body: CreateTemplate) -> "_Parts":
    return images.split(body.content, field="content")


@handles(contract.create, prepare=_split_new, refuses=(TemplateSyntax,))
def create(call: Call, body: CreateTemplate, parts: "_Parts") -> TemplateShown:
    """Create a template. An FAQ needs no identifier: the server names it `faq-<id>`."""
    _refuse_syntax(body.subject, body.content, where="")
    is_faq = body.type is TemplateType.FAQ
    identifier = f"faq {call.new_id()}" if is_faq else str(body.identifier)
    if not is_faq:
        _refuse_taken(call, identifier, where="")
    members = {**_columns(body.model_dump()), "identifier": identifier, "content": parts[0]}
    template_id = stored.insert_template(call.tx, now=call.now, **members)
    changes = _with_images(call, template_id, parts)
    if is_faq:
        changes["identifier"] = f"faq-{template_id}"
    if changes:
        stored.update_template(call.tx, template_id, changes, now=call.now)
    return {"template": _template(_found(call, template_id, field="id"))}


def _split_changed(_call: Call, body: UpdateTemplate) -> "_Parts":
    return images.split(body.template.content or "", field="template.content")


@handles(contract.update, prepare=_split_changed, refuses=(TemplateNotFound, TemplateSyntax))
def update(call: Call, body: UpdateTemplate, parts: "_Parts") -> Done:
    """Update a template. Omitted fields stay as they are."""
    changes = body.template
    row = _found(call, changes.id, field="template.id")
    _refuse_syntax(changes.subject or "", changes.content or "", where="template.")
    members = _columns(changes.model_dump(exclude={"id"}, exclude_none=True))
    _settle_identifier(call, row, members)
    if "content" in members:
        members |= {"content": parts[0], **_with_images(call, row["id"], parts)}
    stored.update_template(call.tx, changes.id, members, now=call.now)
    return {"ok": True}


def _settle_identifier(call: Call, row: Row, members: dict[str, object]) -> None:
    """An FAQ's identifier is the server's, also after a change of type. Raises ValidationFailed."""
    was_faq = row["type"] == TemplateType.FAQ
    identifier = members.get("identifier")
    if members.get("type", row["type"]) == TemplateType.FAQ:
        members["identifier"] = f"faq-{row['id']}"
    elif was_faq and identifier is None:
        sentence = "The template.identifier field is required."
        raise ValidationFailed.of("template.identifier", sentence)
    elif was_faq or identifier not in (None, row["identifier"]):
        _refuse_taken(call, str(identifier), where="template.", but=row["id"])


@handles(contract.delete)
def delete(call: Call, body: FindTemplate) -> Done:
    """Delete a template. Deleting what does not exist succeeds."""
    stored.delete_template(call.tx, body.template_id)
    return {"ok": True}


_Parts = tuple[str, Sequence[Image]]
"""A content without its images, and the images."""


def _with_images(call: Call, template_id: int, parts: _Parts) -> dict[str, object]:
    """Store the images. Returns the changed column, if there is an image."""
    html, found = parts
    if not found:
        return {}
    return {"content": images.store(call, Owner.TEMPLATE, template_id, html, found)}


def _columns(members: dict[str, object]) -> dict[str, object]:
    """The members of a body by their columns."""
    if "is_enabled" in members:
        members["enabled"] = members.pop("is_enabled")
    return members


def _found(call: Call, template_id: int, *, field: str) -> Row:
    row = stored.find_template(call.tx, template_id)
    if row is None:
        raise TemplateNotFound(str(template_id), field=field)
    return row


def _refuse_syntax(subject: str, content: str, *, where: str) -> None:
    parse(subject, field=f"{where}subject")
    parse(content, field=f"{where}content")


def _refuse_taken(call: Call, identifier: str, *, where: str, but: int = 0) -> None:
    if _FAQ_NAME.fullmatch(identifier):
        sentence = f"The identifier '{identifier}' is reserved for FAQs."
        raise ValidationFailed.of(f"{where}identifier", sentence)
    if stored.is_identifier_taken(call.tx, identifier, but=but):
        sentence = f"Template '{identifier}' already exists."
        raise ValidationFailed.of(f"{where}identifier", sentence)


def _row(row: Row) -> TemplateRow:
    return {
        "id": str(row["id"]),
        "identifier": row["identifier"],
        "type": row["type"],
        "category": row["category"],
        "subcategory": row["subcategory"],
        "subject": row["subject"],
        "is_enabled": bool(row["enabled"]),
        "description": row["description"],
        "legend": row["legend"],
        "keywords": row["keywords"],
        "ordinal": row["ordinal"],
        "updated_at": rfc3339(row["updated_at"]),
    }


def _stock_row(row: Row) -> TemplateRow:
    """A stock response as a search of templates shows it: without legend and ordinal."""
    same = ("id", "identifier", "category", "subcategory", "subject", "keywords", "updated_at")
    columns = {name: row[name] for name in same}
    others = {"type": STOCK_RESPONSE, "enabled": row["is_enabled"], "description": row["notes"]}
    return _row({**columns, **others, "legend": "", "ordinal": 0})


def _template(row: Row) -> Template:
    return {**_row(row), "content": row["content"]}
