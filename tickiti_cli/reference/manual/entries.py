"""The lists that topics and pages show, each from the one table of the code that says it.

The rule of this file: no sentence is written here that a table can give.
"""

from collections.abc import Mapping

from tickiti_cli import layers, locations
from tickiti_cli.command import GLOBAL
from tickiti_cli.errors import ExitCode
from tickiti_cli.nouns import NOUNS
from tickiti_cli.settings import SETTINGS, Format, Setting
from tickiti_cli.surface.blocks import Entries

TOPICS = {
    "exit-codes": "What a command ends with, and whether to repeat it.",
    "environment": "The variables that count.",
    "output": "Formats, and what goes where.",
    "idempotency": "Keys, retries, and writes that happen once.",
    "tokens": "Where a token comes from, and how to change it.",
    "cron": "Jobs of cron and systemd.",
}
"""The topics of `tickiti help`; the text of each is in `prose/`."""


def tables() -> dict[str, Entries]:
    """What stands for `{name}` in a text."""
    return {
        "nouns": _named(NOUNS),
        "topics": _named({f"tickiti help {topic}": told for topic, told in TOPICS.items()}),
        "exit-codes": Entries(
            tuple((str(int(code)), _sentence(code.meaning)) for code in ExitCode)
        ),
        "environment": _named(locations.ENVIRONMENT),
        "formats": _named({form.value: form.meaning for form in Format}),
        "defaults": _named({name: _meaning(setting) for name, setting in SETTINGS.items()}),
        "user-members": _named(layers.USER_MEMBERS),
        "profile-members": _named(layers.PROFILE_MEMBERS),
        "project-members": _named(layers.PROJECT_MEMBERS),
    }


def _named(meanings: Mapping[str, str]) -> Entries:
    return Entries(tuple((f"`{name}`", meaning) for name, meaning in meanings.items()))


def _meaning(setting: Setting) -> str:
    """What its flag says, and what a file can give it."""
    (told,) = (option.help for option in GLOBAL if setting.flag in option.opts)
    expected = _expected(setting)
    return _sentence(expected) if expected.startswith("one of") else f"{told} Takes {expected}."


def _expected(setting: Setting) -> str:
    """What reading a value that cannot be one says."""
    try:
        setting.read(object())
    except ValueError as error:
        return str(error)
    raise TypeError(f"{setting.name} takes anything at all")


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
