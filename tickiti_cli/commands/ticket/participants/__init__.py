from tickiti_cli.parser.groups import noun

app = noun("Manage the participants of a ticket", verbs=("add", "remove"), package=__name__)
