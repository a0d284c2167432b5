"""Changing one's configuration: a setting, the whole file in an editor, a profile's name."""

from contextlib import suppress

from tickiti_cli import editor, unfinished
from tickiti_cli.config import Config
from tickiti_cli.config_file import ConfigFile, Place
from tickiti_cli.errors import (
    ConfigProblem,
    LockedOut,
    NothingFound,
    UsageProblem,
)
from tickiti_cli.runtime import Runtime

NEW_FILE = "# Settings and profiles of tickiti; what there is: tickiti man config.5\n"


def value(config: Config, name: str) -> object:
    """What is in force. Raises UsageProblem, ConfigProblem, and NothingFound for what is unset."""
    in_force = ("profile", "base_url")
    if name in in_force:
        return next(value.value for known, value in config.in_force() if known == name)
    place = Place.of(name)
    if place.profile is not None:
        config.refuse_unknown_profile(place.profile)
        found = config.profiles[place.profile].get(place.member)
    elif place.table:
        return config.setting(place.member).value
    else:
        found = config.default_profile
    if found is None:
        raise NothingFound(f"{place.name} is not set.")
    return found


def change(config: Config, name: str, text: str | None) -> object:
    """Set a member of the user's file, or take it out where `text` is None; the value stored."""
    place = Place.of(name)
    stored = None if text is None else place.value_of(text)
    with config.alone():
        file = ConfigFile.of(config)
        if stored is None:
            file.unset(place)
            return None
        if place.profile and place.member == "base_url":
            _refuse_to_redirect(config, place.profile, str(stored))
        file.set(place, stored)
    return stored


def edit(runtime: Runtime) -> bool:
    """Whether anything was changed. Raises UsageProblem, and ConfigProblem for a bad text, which
    is kept."""
    _refuse_without_person(runtime)
    file = ConfigFile.of(runtime.config)
    before = file.text()
    path = editor.draft(before or NEW_FILE, file.path.name)
    after = editor.edit(path, runtime.environ)
    if after in (before, NEW_FILE):
        editor.discard(path)
        return False
    try:
        with runtime.config.alone():
            file.check(after, path)
            file.refuse_change_since(before)
            file.write(after)
    except (ConfigProblem, LockedOut) as problem:
        problem.hint = f"Nothing was written; your text is kept in {path}"
        raise
    editor.discard(path)
    return True


def rename_profile(runtime: Runtime, old: str, new: str) -> None:
    """Its name in the user's file and beside its token."""
    if not new.isprintable() or not new.strip() or new.startswith("-"):
        raise UsageProblem(f"'{new}' cannot be the name of a profile.")
    config = runtime.config
    config.refuse_unknown_profile(old)  # before a folder is made for nothing
    with config.alone():
        config.refuse_unknown_profile(old)
        if new in config.profiles:
            raise UsageProblem(f"There is a profile '{new}' already.")
        unfinished.refuse(runtime, old)
        store = config.token_store(old)
        # First, so that the profile has its token at every moment, under either name; and never
        # one that is left of another profile of that name.
        store.copy_all_to(new)
        ConfigFile.of(config).rename_profile(old, new)
        store.forget()


def remove_profile(runtime: Runtime, name: str) -> None:
    """Forget its token, then its address."""
    config = runtime.config
    with config.alone():
        unfinished.refuse(runtime, name)
        file = ConfigFile.of(config)
        file.refuse_foreign(name)
        config.token_store(name).forget()
        file.remove_profile(name)


def _refuse_to_redirect(config: Config, profile: str, base_url: str) -> None:
    """A token never follows another server's address."""
    known = config.profiles.get(profile, {}).get("base_url")
    if config.token_store(profile).is_filled and known != base_url:
        raise UsageProblem(
            f"Profile '{profile}' has a token for {known or 'another server'}, which must go "
            "nowhere else.",
            hint=f"Log in there: tickiti auth login -p {profile} --base-url {base_url}",
        )


def _refuse_without_person(runtime: Runtime) -> None:
    """Also where the file to be repaired is what says whether a person may be asked."""
    may_ask = runtime.streams.can_ask and not runtime.globals.no_input
    with suppress(ConfigProblem):
        may_ask = runtime.may_ask
    if not may_ask:
        raise UsageProblem(
            "An editor needs a terminal.", hint="Without one: tickiti config set NAME VALUE"
        )
