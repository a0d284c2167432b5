"""The example workflow: its commands run in order, as a runner without a terminal runs them."""

from typing import Any

import yaml

from tests.support.cli import Cli
from tickiti_cli.reference.__main__ import ROOT


def test_the_commands_of_the_workflow_run_in_order(run: Cli) -> None:
    workflow: dict[str, Any] = yaml.safe_load((ROOT / "examples" / "workflow.yml").read_text())
    steps = workflow["jobs"]["any-language"]["steps"]
    lines = [step["run"] for step in steps if step.get("run", "").startswith("tickiti ")]
    assert len(lines) == 3
    try:
        for line in lines:
            ran = run(*line.replace("--port 8642", "--port 0").split()[1:])
            assert ran.code == 0, (line, ran.stderr)
            assert ran.stderr == "" or line.startswith("tickiti server start")
    finally:
        run("server", "stop")
