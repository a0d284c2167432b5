from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "create", "edit", "grant", "ungrant"),
    package=__name__,
)
