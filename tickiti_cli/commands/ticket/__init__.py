from tickiti_cli.parser.groups import noun

app = noun(
    verbs={
        "CREATE AND FIND": ("create", "list", "view", "wait", "import", "export"),
        "ANSWER AND CHANGE": (
            "respond", "note", "close", "reopen", "hold", "assign", "move", "tag", "participants",
            "originator",
        ),
        "COMBINE AND DELETE": (
            "merge", "split", "link", "unlink", "links", "delete", "restore",
        ),
    },
    package=__name__,
)  # fmt: skip
