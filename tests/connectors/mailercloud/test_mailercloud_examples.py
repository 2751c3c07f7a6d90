"""Every operation has examples, and all of them come true."""

from __future__ import annotations

import re

import pytest

from connectors._kit import examples, loader
from connectors._kit.check import check
from tests.connectors.mailercloud.vendor import FOLDER, connector

READ = loader.read_folder(FOLDER, examples=True)
CASES = [
    pytest.param(place, example, id=f"{'.'.join(place)}: {example['name']}")
    for place, listed in READ.examples.items()
    for example in listed
]


def test_the_folder_has_no_problems() -> None:
    assert check([FOLDER]) == []


def test_every_operation_has_examples() -> None:
    assert set(READ.operations) == set(READ.examples)


def test_people_in_samples_are_made_up() -> None:
    texts = [path.read_text() for path in FOLDER.rglob("*.json")]

    domains = {domain for text in texts for domain in re.findall(r"\w@([\w.-]+\w)", text)}
    assert domains == {"example.com"}


@pytest.mark.parametrize(("place", "example"), CASES)
async def test_example_comes_true(place: tuple[str, str], example: examples.Example) -> None:
    operation = connector().operations[f"mailercloud.{'.'.join(place)}"]

    assert await examples.arun(connector(), operation, example) == []
