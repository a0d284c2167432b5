"""`tickiti faq list`: lists the public FAQs."""

import typer

from tickiti_cli.contract.v1 import open_routes
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("id", "category", "subcategory", "subject", leaving=("subcategory", "category"))


@app.command(cls=RowsCommand, epilog=examples("tickiti faq list", "tickiti faq list --json"))
def list_faqs(ctx: typer.Context) -> None:
    """List frequently asked questions

    No token is needed. Use --json for the answers.
    """
    runtime: Runtime = ctx.obj
    rows = runtime.client.call(open_routes.faqs, {}).rows("faqs")
    runtime.output.rows(rows, LISTED, empty="No FAQs.")
