"""The lists of topics and man pages, each made from one table of the code.

Rule: a sentence that a table of the code has is never repeated here.
"""

from collections.abc import Mapping

from tickiti_cli import paths
from tickiti_cli.config import layers
from tickiti_cli.config.settings import SETTINGS, Format, SettingDefinition
from tickiti_cli.errors import ExitCode
from tickiti_cli.parser.global_flags import GLOBAL
from tickiti_cli.parser.help.phrases import sentence
from tickiti_cli.parser.registry import GROUPS, TOPICS
from tickiti_cli.reference.manual.blocks import Entries


def tables() -> dict[str, Entries]:
    """The table that replaces `{name}` in a text."""
    return {
        **{title: _named(nouns) for title, nouns in GROUPS.items()},
        "topics": _named({f"tickiti help {topic}": summary for topic, summary in TOPICS.items()}),
        "exit-codes": Entries(
            tuple((str(int(code)), _sentence(code.meaning)) for code in ExitCode)
        ),
        "environment": _named(paths.ENVIRONMENT),
        "formats": _named({form.value: form.meaning for form in Format}),
        "defaults": _named({name: _meaning(setting) for name, setting in SETTINGS.items()}),
        "user-members": _named(layers.USER_MEMBERS),
        "profile-members": _named(layers.PROFILE_MEMBERS),
        "project-members": _named(layers.PROJECT_MEMBERS),
    }


def _named(meanings: Mapping[str, str]) -> Entries:
    return Entries(tuple((f"`{name}`", meaning) for name, meaning in meanings.items()))


def _meaning(setting: SettingDefinition) -> str:
    """The help of the setting's flag, and the values that a file can give the setting."""
    (help_line,) = (option.help for option in GLOBAL if setting.flag in option.opts)
    expected = _expected(setting)
    if expected.startswith("one of"):
        return _sentence(expected)
    return f"{sentence(help_line or '')} Takes {expected}."


def _expected(setting: SettingDefinition) -> str:
    """The values that a setting takes, in the words of the error for a bad value."""
    try:
        setting.read(object())
    except ValueError as error:
        return str(error)
    raise TypeError(f"{setting.name} takes anything at all")


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
