from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "set", "delete"),
    package=__name__,
)
