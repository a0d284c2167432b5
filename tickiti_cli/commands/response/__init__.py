"""`tickiti response`: what was said on tickets.

The rule of this folder: a module holds the commands of one purpose on an `app` of its own, and its
verbs are named here.
"""

from tickiti_cli.groups import noun

app = noun(
    "What was said on tickets.",
    package=__name__,
    parts={"showing": ("list", "query"), "exporting": ("export",)},
)
