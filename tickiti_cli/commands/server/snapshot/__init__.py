from tickiti_cli.parser.groups import noun

app = noun(
    "Save and load the state of a server in test mode",
    verbs=("save", "load", "list", "delete"),
    package=__name__,
)
