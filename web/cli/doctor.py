"""`stepline doctor`: is everything in order?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

from engine.errors import Invalid
from engine.settings import Settings
from web.cli.opening import DataDir
from web.cli.output import AsJson, examples, show_json
from web.doctor import Finding, examine, unusable

SIGNS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}

app = typer.Typer(add_completion=False)


@app.command(epilog=examples("stepline doctor", "stepline doctor --json"))
def doctor(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check whether everything is in order, and say what to do where it is not. Changes nothing.

    Exit code 1 when there is a problem; notes are no problems.
    """
    findings = list(_findings(data_dir))
    if as_json:
        show_json(findings)
    else:
        for finding in findings:
            _print(finding)
    raise typer.Exit(1 if any(finding.state == "problem" for finding in findings) else 0)


def _findings(data_dir: Path | None) -> Iterator[Finding]:
    try:
        settings = Settings.load(data_dir=data_dir)
    except Invalid as error:
        return unusable(error)
    return examine(settings)


def _print(finding: Finding) -> None:
    typer.echo(f"{SIGNS[finding.state]}  {finding.part}: {finding.message}")
    if finding.remedy:
        typer.echo(f"         {finding.remedy}")
