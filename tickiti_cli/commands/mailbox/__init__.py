from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "create", "edit", "delete", "test"),
    package=__name__,
)
