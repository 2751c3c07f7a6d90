"""`python -m tests.bench.catalogue`: what all connectors together cost to load, and how fast the catalogue is searched.

Loading is measured in fresh processes. Pages and API are asked for without a network, signed in, with queries as people
type them, letter by letter; the median counts. Beside it stands the same page for words that nothing fits.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import httpx

from connectors._kit.registry import Registry
from engine.assembly import open_stepline
from engine.settings import Settings
from tests.bench.pages import signed_in
from tests.support.server import ROOT

STARTS = 5
TYPED = ("add tag to contact", "new opportunity stage", "send e-mail", "invoice paid", "appointment")
NOTHING = "xylophone"
TARGETS = "targets: ≤ 300 ms and ≤ 60 MB for loading; < 50 ms for a search"
LOAD = """
import time
import psutil
from connectors._kit.registry import Registry
def memory():
    return psutil.Process().memory_info().rss / 2**20
before, began = memory(), time.perf_counter()
registry = Registry.load()
loaded = time.perf_counter() - began
registry.search("contact")
print(loaded * 1000, memory() - before)
"""


def main() -> int:
    logging.disable(logging.WARNING)
    loads = [_load() for _ in range(STARTS)]
    operations = len(Registry.load().operations())
    milliseconds, megabytes = (median(values) for values in zip(*loads, strict=True))
    print(
        f"loading {operations:,} operations: {milliseconds:.0f} ms, {megabytes:.1f} MB (median of {STARTS} processes)"
    )
    queries = [text[:length] for text in TYPED for length in range(2, len(text) + 1)]
    print(f"\n{f'median of {len(queries)} searches':<24} {'ms':>8} {'slowest':>9} {'nothing found':>15}   times")
    for name, (times, bare) in asyncio.run(_searches(queries)).items():
        usual = median(times)
        print(f"{name:<24} {usual:>8.1f} {max(times):>9.1f} {bare:>15.1f} {usual / bare:>7.1f}")
    print(TARGETS)
    return 0


def _load() -> tuple[float, float]:
    """(milliseconds, megabytes) in a process of its own."""
    run = subprocess.run([sys.executable, "-c", LOAD], cwd=ROOT, capture_output=True, text=True, check=True)
    taken, memory = map(float, run.stdout.split())
    return taken, memory


async def _searches(queries: list[str]) -> Mapping[str, tuple[list[float], float]]:
    """Milliseconds of each query, and of one that finds nothing, by place."""
    with tempfile.TemporaryDirectory(prefix="stepline-catalogue-") as folder:
        stepline = open_stepline(Settings.load(data_dir=Path(folder), public_url="http://pages.test"), working=False)
        try:
            async with signed_in(stepline) as client:
                (user,) = stepline.accounts.list_users()
                client.headers["Authorization"] = f"Bearer {stepline.accounts.create_token(user.id, 'bench')[0]}"
                places = {"page": ("/catalogue", "q"), "API": ("/api/v1/catalogue/operations", "text")}
                return {name: await _place(client, path, key, queries) for name, (path, key) in places.items()}
        finally:
            await stepline.http.aclose()
            stepline.close()


async def _place(client: httpx.AsyncClient, path: str, key: str, queries: list[str]) -> tuple[list[float], float]:
    await _ask(client, path, key, NOTHING)  # what is made once
    bare = median([await _ask(client, path, key, NOTHING) for _ in range(10)])
    return [await _ask(client, path, key, query) for query in queries], bare


async def _ask(client: httpx.AsyncClient, path: str, key: str, text: str) -> float:
    began = time.perf_counter()
    answer = await client.get(path, params={key: text}, headers={"hx-request": "true"})
    taken = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    return taken


if __name__ == "__main__":
    sys.exit(main())
