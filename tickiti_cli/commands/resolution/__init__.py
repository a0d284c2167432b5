from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "create", "edit", "delete", "reorder"),
    package=__name__,
)
