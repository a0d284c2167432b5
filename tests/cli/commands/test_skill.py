"""`tickiti skill`: skills of the AI assistant are kept and shown again."""

import json
from typing import Any
from uuid import uuid4

from tests.support.cli import Cli, Ran


def made(local: Cli) -> str:
    key = f"shoes.k{uuid4().hex}"
    flags = ("--title", "Sizes", "--description", "x", "--instructions-file", "-")
    ran = local("skill", "create", key, *flags, stdin="Ask for the *size*.")
    assert ran == Ran(0, f"{key}\n", "")
    return key


def shown(local: Cli, key: str) -> Any:
    return json.loads(local("skill", "view", key, "--json").stdout)


def test_skill_is_made_changed_and_deleted(local: Cli) -> None:
    key = made(local)
    assert f"{key}\tSizes\ttrue\t" in local("skill", "list").stdout
    ran = local("skill", "edit", key, "--title", "Fit", "--disable", "--composition", "guided")
    assert ran == Ran(0, f"{key}\n", "")
    found = shown(local, key)
    assert (found["title"], found["enabled"], found["composition"]) == ("Fit", False, "guided")
    assert found["instructions"] == "Ask for the *size*."
    assert local("skill", "delete", key, "--yes") == Ran(0, f"{key}\n", "")
    assert local("skill", "view", key).code == 6


def test_skill_action_is_set_and_deleted(local: Cli) -> None:
    key = made(local)
    flags = ("--description", "Finds a size", "--handler-type", "remote", "--permission", "staff")
    reference = ("--handler", "https://sole-trader.example/size")
    ran = local("skill", "action", "set", key, "find_size", *flags, *reference)
    assert ran == Ran(0, "find_size\n", "")
    parameters = ("--parameters", '{"type": "object"}', "--confirm")
    assert local("skill", "action", "set", key, "find_size", *parameters).code == 0
    (action,) = shown(local, key)["actions"]
    assert (action["name"], action["description"]) == ("find_size", "Finds a size")
    assert (action["parameters"], action["requires_confirmation"]) == ({"type": "object"}, True)
    ran = local("skill", "action", "delete", key, "find_size", "--yes")
    assert (ran, shown(local, key)["actions"]) == (Ran(0, "find_size\n", ""), [])


def test_skill_options_are_shown(local: Cli) -> None:
    assert "vetted" in json.loads(local("skill", "options", "--json").stdout)["compositions"]


def test_skill_bad_input_is_named(local: Cli) -> None:
    sentence = "Nothing to change: add --title, --instructions-file or another flag."
    assert local("skill", "edit", "x") == Ran(2, "", f"tickiti: {sentence}\n")
    ran = local("skill", "action", "set", "x", "y", "--parameters", "[]")
    assert ran == Ran(2, "", "tickiti: --parameters: must be a JSON object.\n")
    assert local("skill", "delete", "axial.core", "--yes").code == 7
