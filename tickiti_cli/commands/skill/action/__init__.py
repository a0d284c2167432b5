from tickiti_cli.parser.groups import noun

app = noun("Manage the actions of a skill", verbs=("set", "delete"), package=__name__)
