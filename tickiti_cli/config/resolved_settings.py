"""Resolves every setting once, at the start of a run.

Rule: a bad value is an error only for a command that needs the setting, so that a broken file stops
no command that does without.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from tickiti_cli.config.flags import GlobalFlags
from tickiti_cli.config.layers import Layer
from tickiti_cli.config.settings import (
    BUILT_IN,
    SETTINGS,
    Resolved,
    Setting,
    SettingDefinition,
    value_of,
    value_of_variable,
)
from tickiti_cli.errors import ConfigProblem, UsageProblem


class ResolvedSettings(NamedTuple):
    """The settings of this run by name: a flag, else the environment, else a file."""

    found: Mapping[str, Resolved]

    @classmethod
    def of(
        cls, flags: GlobalFlags, environ: Mapping[str, str], files: Iterable[Callable[[], Layer]]
    ) -> "ResolvedSettings":
        """Reads `files` in their order, the first one that names a setting wins."""
        found = _of_files(files)
        for name, definition in SETTINGS.items():
            if (given := _of_run(definition, flags, environ)) is not None:
                found[name] = given
        return cls(MappingProxyType(found))

    def get(self, name: str) -> Setting:
        """Raises UsageProblem for a bad flag, ConfigProblem for a bad variable or a bad file."""
        found = self.found[name]
        if isinstance(found, Setting):
            return found
        raise found


def _of_run(
    definition: SettingDefinition, flags: GlobalFlags, environ: Mapping[str, str]
) -> Resolved | None:
    """Returns the setting of a flag or of the environment."""
    given = getattr(flags, definition.name)
    if given is not None and given is not False:
        return value_of(definition.name, given, definition.flag, UsageProblem)
    if text := environ.get(definition.variable):
        return value_of_variable(definition, text)
    return None


def _of_layer(layer: Layer, name: str, value: object) -> Resolved:
    found = value_of(name, value, str(layer.path))
    if isinstance(found, Setting):
        return found
    found = value_of(name, value, layer.place("defaults", name))
    if isinstance(found, ConfigProblem):
        found.hint, found.path = layer.hint, layer.path
    return found


def _of_files(files: Iterable[Callable[[], Layer]]) -> dict[str, Resolved]:
    """Returns every setting as the files have it, else its built-in value. A file that cannot be
    read is the error of each setting that no earlier file names."""
    found: dict[str, Resolved] = {}
    try:
        for read in files:
            layer = read()
            for name, value in layer.defaults.items():
                found.setdefault(name, _of_layer(layer, name, value))
    except ConfigProblem as problem:
        return dict.fromkeys(SETTINGS, problem) | found
    return {
        name: Setting(definition.default, BUILT_IN) for name, definition in SETTINGS.items()
    } | found
