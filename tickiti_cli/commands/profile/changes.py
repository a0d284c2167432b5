"""Renames and removes a profile together with its stored token."""

from tickiti_cli.config.document import ConfigFile
from tickiti_cli.config.key import profile_name
from tickiti_cli.errors import UsageProblem
from tickiti_cli.files import name_cache
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import open_work


def rename_profile(runtime: Runtime, old: str, new: str) -> None:
    """Rename a profile in the user's file and its stored token. Raises UsageProblem."""
    profile_name(new)
    config = runtime.config
    config.refuse_unknown_profile(old)  # before `alone` creates the folder
    with config.locked():
        config.refuse_unknown_profile(old)
        if new in config.profiles:
            raise UsageProblem(f"Profile '{new}' already exists.")
        open_work.refuse(runtime, old)
        store = config.token_store(old)
        # Copy before the rename, so that the profile has its token under either name at every
        # moment. The copy replaces what an older profile of the new name has left.
        store.copy_all_to(new)
        ConfigFile.of(config).rename_profile(old, new)
        store.forget()
    name_cache.move(config.names_dir, old, new)


def remove_profile(runtime: Runtime, name: str) -> None:
    """Remove the stored token of a profile, then the profile."""
    config = runtime.config
    with config.locked():
        open_work.refuse(runtime, name)
        file = ConfigFile.of(config)
        file.refuse_foreign(name)
        config.token_store(name).forget()
        file.remove_profile(name)
    name_cache.forget(config.names_dir, name)
