"""Templates: keeping them, and filling them with data for a ticket or an e-mail.

The rule of this file: only a template whose placeholders can be read is ever stored.
"""

from tickiti_cli.contract import classic
from tickiti_cli.contract import templates as contract
from tickiti_cli.contract.errors import (
    TemplateDataMissing,
    TemplateNotFound,
    TemplateSyntax,
    ValidationFailed,
)
from tickiti_cli.contract.placeholders import parse
from tickiti_server.call import Call
from tickiti_server.families.template_bodies import (
    CreateTemplate,
    Done,
    FindTemplate,
    RenderedTemplate,
    RenderTemplate,
    SearchTemplates,
    Template,
    TemplateRow,
    TemplateType,
    UpdateTemplate,
)
from tickiti_server.handlers import handles
from tickiti_server.rendering import Rendered, render
from tickiti_server.rendering.templates import Data
from tickiti_server.store import templates as stored
from tickiti_server.store.database import Row

_WITHOUT_FAQS = tuple(kind for kind in TemplateType if kind is not TemplateType.FAQ)


def filled(
    call: Call,
    identifier: str,
    data: Data,
    *,
    field: str = "template_identifier",
    bag: str = "data",
) -> Rendered:
    """A template with its data. Takes its time: for a preparation. `field` names it in the
    request, and `bag` the data.

    Raises TemplateNotFound, TemplateDataMissing, ValidationFailed.
    """
    row = usable(call, identifier, field=field)
    return render(row["subject"], row["content"], data, bag=bag)


def usable(call: Call, identifier: str, *, field: str = "template_identifier") -> Row:
    """Raises TemplateNotFound, also where it is disabled."""
    row = stored.find_named(call.tx, identifier)
    if row is None:
        raise TemplateNotFound(identifier, field=field)
    if not row["enabled"]:
        raise TemplateNotFound.disabled(identifier, field=field)
    return row


def _fill(call: Call, body: RenderTemplate) -> Rendered:
    return filled(call, body.template_identifier, body.data)


@handles(classic.render_template, prepare=_fill, refuses=(TemplateNotFound, TemplateDataMissing))
def render_template(call: Call, body: RenderTemplate, rendered: Rendered) -> RenderedTemplate:
    """Fill a template with data. Nothing is sent."""
    usable(call, body.template_identifier)
    return {"subject": rendered.subject, "content": rendered.content}


@handles(contract.index)
def index(call: Call) -> list[TemplateRow]:
    """List the templates but for the FAQs."""
    return [_row(row) for row in stored.listed(call.tx, types=_WITHOUT_FAQS)]


@handles(contract.faqs)
def faqs(call: Call) -> list[TemplateRow]:
    """List the FAQs."""
    return [_row(row) for row in stored.listed(call.tx, types=[TemplateType.FAQ])]


@handles(contract.search)
def search(call: Call, body: SearchTemplates) -> list[TemplateRow]:
    """Find templates by a text in them, without case; FAQs too."""
    text = body.search or body.q
    if text is None:
        sentence = "The search field is required unless q is given."
        raise ValidationFailed(sentence, errors={"search": [sentence]})
    columns = [body.mode] if body.mode else stored.SEARCHED
    types = [body.type] if body.type else [*TemplateType]
    return [_row(row) for row in stored.search(call.tx, text, columns=columns, types=types)]


@handles(contract.show, refuses=(TemplateNotFound,))
def show(call: Call, body: FindTemplate) -> Template:
    """Show a template and its content."""
    return _template(_found(call, body.template_id, field="template_id"))


@handles(contract.create, refuses=(TemplateSyntax,))
def create(call: Call, body: CreateTemplate) -> Template:
    """Store a new template."""
    _refuse_syntax(body.subject, body.content, where="")
    _refuse_taken(call, body.identifier, where="")
    template_id = stored.insert(call.tx, now=call.now, **body.model_dump())
    return _template(_found(call, template_id, field="id"))


@handles(contract.update, refuses=(TemplateNotFound, TemplateSyntax))
def update(call: Call, body: UpdateTemplate) -> Done:
    """Change members of a template; those left out stay as they are."""
    changes = body.template
    row = _found(call, changes.id, field="template.id")
    _refuse_syntax(changes.subject or "", changes.content or "", where="template.")
    if changes.identifier is not None and changes.identifier != row["identifier"]:
        _refuse_taken(call, changes.identifier, where="template.")
    members = changes.model_dump(exclude={"id"}, exclude_none=True)
    stored.update(call.tx, changes.id, members, now=call.now)
    return {"ok": True}


@handles(contract.delete)
def delete(call: Call, body: FindTemplate) -> Done:
    """Delete a template. Deleting what does not exist succeeds."""
    stored.delete(call.tx, body.template_id)
    return {"ok": True}


def _found(call: Call, template_id: int, *, field: str) -> Row:
    row = stored.find(call.tx, template_id)
    if row is None:
        raise TemplateNotFound(str(template_id), field=field)
    return row


def _refuse_syntax(subject: str, content: str, *, where: str) -> None:
    parse(subject, field=f"{where}subject")
    parse(content, field=f"{where}content")


def _refuse_taken(call: Call, identifier: str, *, where: str) -> None:
    if stored.find_named(call.tx, identifier):
        sentence = f"There is a template '{identifier}' already."
        raise ValidationFailed(sentence, errors={f"{where}identifier": [sentence]})


def _row(row: Row) -> TemplateRow:
    return {
        "id": str(row["id"]),
        "identifier": row["identifier"],
        "type": row["type"],
        "category": row["category"],
        "subcategory": row["subcategory"],
        "subject": row["subject"],
        "enabled": bool(row["enabled"]),
    }


def _template(row: Row) -> Template:
    return {**_row(row), "content": row["content"]}
