"""The sentences for a command or a flag that is unknown, and for one that is missing.

Rule: a suggestion is a name that exists, written as the user would type it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from tickiti_cli.parser.help import page, synonyms
from tickiti_cli.suggest import closest

NEAR_FLAGS = 0.7
"""The least similarity of two flags. --cc is not a typo of --lock, nor --queue of --quiet."""


def command(context: Any, word: str) -> str:
    """The sentence for a word that is not a command of the group of `context`."""
    meant = _meant_command(context, word)
    suggested = f" Did you mean '{meant}'?" if meant else ""
    return f"Unknown command '{word}'.{suggested}"


def _meant_command(context: Any, word: str) -> str | None:
    known = context.command.list_commands(context)
    root = context.find_root().command_path
    path = f"{context.command_path} {word}".removeprefix(f"{root} ")
    if meant := synonyms.COMMANDS.get(path):
        return f"{root} {meant}"
    if not context.command.is_root and word in synonyms.VERBS:
        meant = _first(synonyms.VERBS[word], known)
    else:
        meant = closest(word, known)
    return f"{context.command_path} {meant}" if meant else None


def flag(context: Any, name: str) -> str:
    """The sentence for a flag that the command of `context` does not have."""
    known = [name for parameter in context.command.params for name in parameter.opts]
    longs = {name.lstrip("-"): name for name in known if name.startswith("--")}
    word = name.lstrip("-")
    meant = _first(synonyms.FLAGS.get(word, ()), known)
    if meant is None and len(word) > 1:
        meant = longs.get(closest(word, longs, least=NEAR_FLAGS) or "")
    return f"Unknown flag {name}.{f' Did you mean {meant}?' if meant else ''}"


def argument(context: Any, words: str) -> str:
    """The sentence for arguments that the command of `context` does not take."""
    told = f"Unexpected argument: {words}."
    flags = [name for parameter in context.command.params for name in parameter.opts]
    if "--search" in flags and " " not in words:
        mode = "subject_content=" if "--perspective" in flags else ""
        return f"{told} To search for the word: --search {mode}{words}"
    return f"{told} A value with blanks needs quotes."


def fields_of_json(sentence: str, arguments: Sequence[str]) -> str:
    """The fields that stand behind --json, as `gh` takes them, where they are what the parser's
    sentence is about; else an empty text."""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if word.startswith("--json=") and "'--json'" in sentence:
            return word.partition("=")[2]
        names = word == "--json" and re.fullmatch(r"[a-z_0-9]+(,[a-z_0-9]+)*", following)
        if names and re.search(rf"(?<![\w,]){following}(?![\w,])", sentence):
            return following
    return ""


def name_of(parameter: Any) -> str:
    """The name of a flag or an argument at the head of a sentence about its value."""
    if parameter.param_type_name == "argument":
        return page.metavar(parameter)
    return max(parameter.opts, key=len)  # type: ignore[no-any-return]


def missing(parameter: Any) -> str:
    """The sentence for a required flag or argument that is not on the command line."""
    value = page.metavar(parameter)
    if parameter.param_type_name == "argument":
        return f"Missing argument {value}."
    return f"Missing required flag {parameter.opts[-1]} {value}."


def _first(wanted: Iterable[str], known: Iterable[str]) -> str | None:
    return next((word for word in wanted if word in known), None)
