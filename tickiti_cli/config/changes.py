"""The value of a setting, and a change of it in the user's config.toml."""

from collections.abc import Mapping

from tickiti_cli.config.document import ConfigFile
from tickiti_cli.config.key import Key, profile_name
from tickiti_cli.config.resolution import Config
from tickiti_cli.errors import (
    NothingFound,
    UsageProblem,
)
from tickiti_cli.files import name_cache


def value(config: Config, name: str) -> object:
    """Returns the value in force of a name. Raises UsageProblem, ConfigProblem, and NothingFound
    for a name without a value."""
    in_force = ("profile", "base_url")
    if name in in_force:
        return next(value.value for known, value in config.in_force() if known == name)
    key = Key.of(name)
    if key.profile is not None:
        config.refuse_unknown_profile(key.profile)
        found = config.profiles[key.profile].get(key.member)
    elif key.table == ("aliases",):
        found = config.aliases.get(key.member)
    elif key.table:
        return config.setting(key.member).value
    else:
        found = config.default_profile
    if found is None:
        raise NothingFound(f"{key.name} is not set.")
    return found


def change(config: Config, name: str, text: str | None) -> object:
    """Sets a member of the user's file, or removes the member where `text` is None. Returns the
    stored value."""
    key = Key.of(name)
    stored = None if text is None else key.value_of(text)
    with config.locked():
        file = ConfigFile.of(config)
        if stored is None:
            file.unset(key)
            return None
        if key.profile is not None:
            refuse_bad_name(config, key.profile)
        if key.profile and key.member == "base_url":
            _refuse_to_redirect(config, key.profile, str(stored))
        file.set(key, stored)
    if key.profile and key.member == "base_url":
        name_cache.forget(config.names_dir, key.profile)
    return stored


def refuse_bad_name(config: Config, name: str) -> None:
    """Raises UsageProblem for a name that no new profile may have. An existing profile keeps its
    name."""
    if name not in config.profiles:
        profile_name(name)


def save_profile(config: Config, name: str, base_url: str, *, token: Mapping[str, str]) -> None:
    """Stores a profile as `Config.save_profile` does. Shell completion offers a profile the names
    of its server, so that another address deletes them."""
    known = config.profiles.get(name, {}).get("base_url")
    config.save_profile(name, base_url, token=token)
    if known != base_url:
        name_cache.forget(config.names_dir, name)


def _refuse_to_redirect(config: Config, profile: str, base_url: str) -> None:
    """Raises UsageProblem where a profile with a token would get another server's address."""
    known = config.profiles.get(profile, {}).get("base_url")
    if config.token_store(profile).is_filled and known != base_url:
        raise UsageProblem(
            f"Profile '{profile}' has a token for {known or 'another server'}, which may not be "
            "sent elsewhere.",
            hint=f"Log in there: tickiti auth login -p {profile} --base-url {base_url}",
        )
