from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "create", "edit", "delete"),
    package=__name__,
)
