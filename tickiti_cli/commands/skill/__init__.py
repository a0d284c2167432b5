from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "view", "options", "create", "edit", "delete", "action"),
    package=__name__,
)
