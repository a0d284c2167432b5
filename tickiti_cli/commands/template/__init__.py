"""`tickiti template`: texts with placeholders, on the server and in a folder.

The rule of this folder: a module holds the commands of one purpose on an `app` of its own, and its
verbs are named here.
"""

from tickiti_cli.groups import noun

app = noun(
    "Texts with placeholders: list, change, render; a folder of them.",
    package=__name__,
    parts={
        "showing": ("list", "search", "view", "render"),
        "keeping": ("create", "edit", "delete"),
        "folder": ("pull", "diff", "push"),
    },
)
