from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "view", "create", "edit", "delete", "token", "decide"),
    package=__name__,
)
