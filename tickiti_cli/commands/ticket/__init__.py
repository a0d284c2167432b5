"""`tickiti ticket`: open, answer, list and show tickets, one or many.

The rule of this folder: a module holds the commands of one purpose on an `app` of its own, and its
verbs are named here.
"""

from tickiti_cli.groups import noun

app = noun(
    "Open, answer, list and show tickets.",
    package=__name__,
    parts={
        "tickets": ("create", "respond", "list", "view"),
        "waiting": ("wait",),
        "importing": ("import",),
        "exporting": ("export",),
    },
)
