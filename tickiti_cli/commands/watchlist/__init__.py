from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "create", "edit", "delete", "add", "remove"),
    package=__name__,
)
