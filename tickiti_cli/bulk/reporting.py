"""What became of each line of a file, in the order of the file: the file of --report."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tickiti_cli.bulk.job import Job
from tickiti_cli.bulk.matching import Verdict
from tickiti_cli.bulk.result import Result
from tickiti_cli.bulk.survey import Survey
from tickiti_cli.replacing import refuse_file, replace_file

FLAG = "--report"


def write(path: Path, job: Job, survey: Survey, verdicts: bytearray) -> None:
    """As CSV or, for any other name, an object a line. Raises UsageProblem, BrokenPipeError."""
    rows = (result.row() for result in _results(job, survey, verdicts))
    pieces = _as_csv(rows) if path.suffix.lower() == ".csv" else _as_json(rows)
    replace_file(path, pieces, flag=FLAG)


def refuse(path: Path) -> None:
    """Before a line is sent, where no report can be written. Raises UsageProblem."""
    refuse_file(path, flag=FLAG)


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


def _as_csv(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    line = io.StringIO(newline="")
    writer = csv.DictWriter(line, [*Result(0, "").row()])
    writer.writeheader()
    yield line.getvalue().encode()
    for row in rows:
        line.seek(0)
        line.truncate()
        writer.writerow(row)
        yield line.getvalue().encode()


def _as_json(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    return (f"{json.dumps(row, ensure_ascii=False)}\n".encode() for row in rows)
