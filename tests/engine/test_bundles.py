"""Many workflows travel in one file."""

from __future__ import annotations

import json

import pytest

from engine.bundles import bundle_json, parse_bundle
from engine.errors import Invalid
from tests.support.product import Product


async def test_exported_workflows_come_back_as_they_were(product: Product) -> None:
    stepline = product.stepline
    recipes = [stepline.recipes.export(product.workflow(on=False)) for _ in range(2)]

    assert parse_bundle(stepline.recipes, bundle_json(recipes)) == recipes
    assert parse_bundle(stepline.recipes, bundle_json(recipes[:1])) == recipes[:1]
    assert bundle_json(recipes[:1]) == recipes[0].as_json()


async def test_problems_say_in_which_recipe_they_are(product: Product) -> None:
    recipes = product.stepline.recipes
    good = recipes.bundled[0].as_dict()
    bad = {**good, "name": "Broken one", "trigger": {"operation": "nothing.at.all"}}
    nameless = {"format": 1}

    with pytest.raises(Invalid) as refused:
        parse_bundle(recipes, json.dumps({"format": 1, "recipes": [good, bad, nameless, 7]}))

    assert refused.value.message == "3 of 4 recipes cannot be read."
    messages = [problem.message for problem in refused.value.problems]
    assert any(message.startswith("“Broken one”: ") for message in messages)
    assert any(message.startswith("“Recipe 3”: ") for message in messages)
    assert {problem.pointer.split("/")[2] for problem in refused.value.problems} == {"1", "2", "3"}


@pytest.mark.parametrize("text", ["{oops", "[]", '{"recipes": []}', '{"recipes": 3}'])
async def test_what_is_no_recipe_is_refused(product: Product, text: str) -> None:
    with pytest.raises(Invalid):
        parse_bundle(product.stepline.recipes, text)
