from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("path", "list", "get", "set", "edit"),
    package=__name__,
)
