"""What became of each line of a file, in the order of the file: the file of --report."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tickiti_cli.bulk.job import Job
from tickiti_cli.bulk.matching import Verdict
from tickiti_cli.bulk.result import Result
from tickiti_cli.bulk.survey import Survey
from tickiti_cli.errors import UsageProblem


def write(path: Path, job: Job, survey: Survey, verdicts: bytearray) -> None:
    """As CSV or, for any other name, an object a line. Raises UsageProblem."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            row = _csv_writer(file) if path.suffix.lower() == ".csv" else _json_writer(file)
            for result in _results(job, survey, verdicts):
                row(result.row())
    except OSError as error:
        raise UsageProblem(f"--report {path}: {error.strerror}.") from error


def _results(job: Job, survey: Survey, verdicts: bytearray) -> Iterator[Result]:
    """The last result of each line; a line that was not tried has none."""
    results = job.results()
    try:
        for number, line, verdict in zip(survey.numbers, survey.lines, verdicts, strict=True):
            if verdict == Verdict.BEFORE:
                yield Result(number, "done", message="Another job has done it before.")
            elif result := results.find(line):
                yield result.at(number)
    finally:
        results.close()


def _csv_writer(file: Any) -> Callable[[dict[str, Any]], object]:
    writer = csv.DictWriter(file, [*Result(0, "").row()])
    writer.writeheader()
    return writer.writerow


def _json_writer(file: Any) -> Callable[[dict[str, Any]], object]:
    return lambda row: file.write(json.dumps(row, ensure_ascii=False) + "\n")
