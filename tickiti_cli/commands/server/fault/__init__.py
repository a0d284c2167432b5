from tickiti_cli.parser.groups import noun

app = noun("Make the server fail on purpose", verbs=("add", "list", "clear"), package=__name__)
