from tickiti_cli.parser.groups import noun

app = noun(
    verbs=(
        "mint",
        "rotate",
        "list",
        "view",
        "edit",
        "audit",
        "abilities",
        "retire",
        "revoke",
        "scan",
    ),
    package=__name__,
)
