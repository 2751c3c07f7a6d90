"""`stepline run`: one run of one workflow, from the command line."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from engine.assembly import Stepline, is_working, open_stepline
from engine.errors import Invalid, Problem
from engine.runs import RunDetail
from engine.workflows import WorkflowRecord
from web.cli.finding import workflow_named
from web.cli.opening import DataDir, existing
from web.cli.output import AsJson, examples, show_json
from web.cli.timeline import timeline

app = typer.Typer(add_completion=False)

SETTLED = ("succeeded", "failed", "filtered", "cancelled", "waiting", "held")
LOOK_EVERY = 0.2


@app.command(
    epilog=examples(
        "stepline run 'Welcome new contacts' --input contact.json --dry-run",
        "echo '{\"email\": \"anna@example.com\"}' | stepline run 'Welcome new contacts' --input -",
    )
)
def run(
    workflow: Annotated[str, typer.Argument(help="Name or id of a workflow.")],
    file: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE",
            help="JSON file with the event that starts it, - for standard input. Default: the trigger's example.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read for real, but only show what would be written.")
    ] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Run the draft instead of the published version.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Run a workflow once and print what each step did.

    The steps run in this process. When a server is running with the same data, the run is handed to it.
    Exit code 1 when the run failed or waits for a person.
    """
    payload = _payload(file)
    settings = existing(data_dir)
    handed_over = settings.database_file is not None and is_working(settings.data_dir)
    stepline = open_stepline(settings, working=not handed_over, claims=False)
    detail = asyncio.run(_run(stepline, workflow, payload, dry_run=dry_run, draft=draft, here=not handed_over))
    if as_json:
        show_json(asdict(detail))
    else:
        for line in timeline(detail):
            typer.echo(line)
    raise typer.Exit(1 if detail.run.status in ("failed", "held") else 0)


async def _run(stepline: Stepline, name: str, payload: Any, *, dry_run: bool, draft: bool, here: bool) -> RunDetail:
    try:
        workflow = workflow_named(stepline, name)
        version_id, tested = _version(stepline, workflow, draft)
        stepline.journal.start()
        if here:
            await stepline.dispatcher.start()
        accepted = await stepline.run_control.start(
            workflow.id,
            version_id,
            payload if payload is not None else _example(stepline, workflow),
            mode=_mode(dry_run, tested),
        )
        return await _settled(stepline, accepted.run_ids[0])
    finally:
        await stepline.stop()


async def _settled(stepline: Stepline, run_id: str) -> RunDetail:
    """The run when it has ended, or cannot go on without time passing or a person acting."""
    while (detail := await asyncio.to_thread(stepline.runs.get, run_id)).run.status not in SETTLED:
        await stepline.dispatcher.idle()
        await asyncio.sleep(LOOK_EVERY)
    return detail


def _version(stepline: Stepline, workflow: WorkflowRecord, draft: bool) -> tuple[str, bool]:
    """The version to run, and whether that is a test of a draft."""
    if workflow.live_version_id is None or draft:
        return stepline.versions.snapshot(workflow.id).id, True
    return workflow.live_version_id, False


def _mode(dry_run: bool, tested: bool) -> Literal["live", "test", "dry"]:
    return "dry" if dry_run else "test" if tested else "live"


def _payload(file: str | None) -> Any:
    """None when no file is given. Raises Invalid."""
    if file is None:
        return None
    try:
        return json.loads(sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}", param_hint="--input") from error
    except ValueError as error:
        raise Invalid("The input is not valid JSON.", [Problem(str(error))]) from error


def _example(stepline: Stepline, workflow: WorkflowRecord) -> Any:
    return stepline.registry.operation(workflow.draft["trigger"]["operation"]).sample
