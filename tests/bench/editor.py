"""`python -m tests.bench.editor`: how fast the editor opens a long workflow, and how smoothly a step is dragged in it.

A started demo and a real browser, as somebody who works has them: the scripts are in the browser's cache.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.e2e.demo import browser, demo
from tests.e2e.editor import EditorPage

STEPS = 200
TIMES = 5
OPEN_MS = 1_000.0
"""To reach."""
SMOOTH_MS = 50.0
"""A longer pause between two pictures is seen as a jerk."""
WATCH = """() => {
    window.frames_ = [];
    let last = performance.now();
    const look = (now) => {
        window.frames_.push(now - last);
        last = now;
        window.watching = requestAnimationFrame(look);
    };
    window.watching = requestAnimationFrame(look);
}"""
WATCHED = "() => { cancelAnimationFrame(window.watching); return window.frames_.slice(1); }"
MOVED = """async () => {
    const start = performance.now();
    const down = new KeyboardEvent("keydown", {key: "ArrowDown", altKey: true, bubbles: true});
    document.querySelector('.tile[data-key="s1"] .tile-open').focus();
    document.activeElement.dispatchEvent(down);
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - start;
}"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    chosen = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="stepline-editor-") as folder,
        demo(Path(folder)) as world,
        browser() as one,
    ):
        workflow = world.workflow(*map(_step, range(chosen.steps)), name="Long")
        context = one.new_context(
            storage_state=world.signed_in, base_url=world.product, viewport={"width": 1440, "height": 900}
        )
        editor = EditorPage(context.new_page(), workflow)
        editor.open()
        opened = [_opened(editor) for _ in range(TIMES)]
        moved = [float(editor.page.evaluate(MOVED)) for _ in range(TIMES)]
        frames = _dragged(editor)
    jerks = sum(frame > SMOOTH_MS for frame in frames)
    print(f"editor with {chosen.steps} steps")
    _line(f"opens in (middle of {TIMES})", statistics.median(opened), OPEN_MS)
    _line("draws a moved step in", statistics.median(moved), SMOOTH_MS)
    _line("dragging: middle time between two pictures", statistics.median(frames), SMOOTH_MS)
    _line("dragging: longest", max(frames), SMOOTH_MS)
    print(f"  {'dragging: jerks':<44} {jerks:>8} of {len(frames)} pictures")
    return 0


def _step(number: int) -> dict[str, Any]:
    return {
        "key": f"s{number}",
        "kind": "action",
        "title": f"Step {number}",
        "operation": "mailercloud.contacts.upsert",
        "connection": "{mailercloud}",
        "input": {"email": "{{ trigger.email }}", "list_id": "sbWelc", "tags": ["a"]},
    }


def _opened(editor: EditorPage) -> float:
    editor.open()
    return float(editor.page.locator("#editor").get_attribute("data-ready") or 0)


def _dragged(editor: EditorPage) -> list[float]:
    """Times between two pictures while a step is pulled up and down for about two seconds."""
    editor.card("s2").scroll_into_view_if_needed()
    box = editor.card("s2").bounding_box()
    assert box
    mouse = editor.page.mouse
    mouse.move(box["x"] + 40, box["y"] + 20)
    mouse.down()
    editor.page.evaluate(WATCH)
    for y in (700, 200, 700, 200):
        mouse.move(box["x"] + 60, y, steps=40)
    frames: list[float] = editor.page.evaluate(WATCHED)
    editor.press("Escape")
    mouse.up()
    return frames


def _line(what: str, took: float, reach: float) -> None:
    mark = "" if took < reach else f"   over {reach:.0f} ms"
    print(f"  {what:<44} {took:>8.1f} ms{mark}")


if __name__ == "__main__":
    sys.exit(main())
