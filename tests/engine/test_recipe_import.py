"""Recipes become workflows, and workflows become recipes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import Invalid, NotFound
from engine.recipes import FORMAT
from tests.support.product import Product

SLUG = "new-contact-welcome-sequence"


async def test_bundled_recipes_are_sound(product: Product) -> None:
    recipes = product.stepline.recipes

    assert len(recipes.bundled) >= 7
    for recipe in recipes.bundled:
        assert recipes.parse(recipe.as_json()) == recipe
    with pytest.raises(NotFound):
        recipes.get("nope")


async def test_import_fills_in_accounts_and_lists_what_is_still_open(product: Product) -> None:
    recipes = product.stepline.recipes
    accounts = {"ghl": product.gohighlevel(), "mailercloud": product.mailercloud()}

    imported = recipes.import_recipe(recipes.get(SLUG), connections=accounts, name="Hello")

    assert (imported.workflow.name, imported.workflow.enabled, imported.workflow.recipe) == ("Hello", False, SLUG)
    assert imported.problems
    assert all(problem.pointer.startswith("/settings/") for problem in imported.problems)
    assert imported.workflow.draft["trigger"]["connection"] == accounts["ghl"]


async def test_import_without_accounts_names_each_step_that_needs_one(product: Product) -> None:
    recipes = product.stepline.recipes

    imported = recipes.import_recipe(recipes.get(SLUG), connections={})

    missing = [problem for problem in imported.problems if problem.field == "connection"]
    assert missing
    assert "/trigger/connection" in [problem.pointer for problem in missing]


async def test_export_carries_no_account_no_choice_and_no_secret(product: Product) -> None:
    recipes = product.stepline.recipes
    accounts = {"ghl": product.gohighlevel(), "mailercloud": product.mailercloud()}
    imported = recipes.import_recipe(recipes.get(SLUG), connections=accounts, settings={"list_id": "fxYzKq"})

    text = recipes.export(imported.workflow.id).as_json()

    for secret in (*accounts.values(), "fxYzKq", "pit-1", "key-1"):
        assert secret not in text
    exported = recipes.parse(text)
    assert [entry["connector"] for entry in exported.connections.values()] == ["gohighlevel", "mailercloud"]
    again = recipes.import_recipe(exported, connections=dict(zip(exported.connections, accounts.values(), strict=True)))
    assert again.workflow.draft["steps"] == imported.workflow.draft["steps"]


def changed(product: Product, **values: Any) -> str:
    return json.dumps({**product.stepline.recipes.get(SLUG).as_dict(), **values})


async def test_recipe_with_mistakes_is_refused_with_all_of_them(product: Product) -> None:
    text = changed(
        product,
        name="",
        connections={"ghl": {"connector": "gohighleval", "title": "x"}},
        steps=[{"key": "a", "kind": "action", "operation": "mailercloud.contacts.nope"}],
    )

    with pytest.raises(Invalid) as refused:
        product.stepline.recipes.parse(text)

    pointers = [problem.pointer for problem in refused.value.problems]
    assert {"/name", "/connections/ghl/connector", "/steps/0/operation"} <= set(pointers)


@pytest.mark.parametrize(
    ("text", "word"),
    [("{", "not valid JSON"), ("[" * 100_000, "not valid JSON"), ("[1]", "JSON object"), ('"x"', "JSON object")],
)
async def test_text_that_is_no_recipe_is_refused(product: Product, text: str, word: str) -> None:
    with pytest.raises(Invalid) as refused:
        product.stepline.recipes.parse(text)

    assert word in refused.value.message + refused.value.detail


async def test_newer_format_asks_for_an_update(product: Product) -> None:
    with pytest.raises(Invalid) as refused:
        product.stepline.recipes.parse(changed(product, format=FORMAT + 1))

    assert "Update Stepline" in refused.value.problems[0].message


def call_with(headers: Any) -> dict[str, Any]:
    return {
        "key": "call",
        "kind": "action",
        "operation": "http_request.requests.get",
        "input": {"url": "https://example.com/", "headers": headers},
    }


async def test_log_in_typed_into_a_step_is_refused_and_never_exported(product: Product) -> None:
    headers = {"authorization": "typed-in-login {{ trigger.id }}", "X-Kind": "news"}
    workflow = product.workflow(call_with(headers), on=False)

    (problem,) = product.stepline.versions.problems(workflow)
    exported = product.stepline.recipes.export(workflow).as_json()

    assert (problem.step, problem.field) == ("call", "headers")
    assert "“authorization” is a log-in" in problem.message
    assert "Choose or add a connection" in problem.message
    assert "news" in exported
    assert "typed-in" not in exported


async def test_log_in_that_comes_as_data_is_neither_sent_nor_shown(product: Product) -> None:
    workflow = product.workflow(call_with("{{ trigger.headers }}"))
    event = {"headers": {"X-API-Key": "handed-in-login", "X-Kind": "news"}}

    receipt = await product.stepline.receiver.receive(
        product.token(workflow=workflow), "POST", {}, json.dumps(event).encode()
    )
    await product.stepline.dispatcher.idle()
    run = product.stepline.runs.get(receipt.run_ids[0])

    assert run.run.status == "failed"
    assert product.requests == []
    assert "Choose or add a connection" in str(run.steps)
    assert "news" in str(run.steps)
    assert "handed-in" not in str(run.steps)
