from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "get", "delete"),
    package=__name__,
)
