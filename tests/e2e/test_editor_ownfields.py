"""Fields that people made in the app itself: asked of the app, filled in one by one, sent as the app wants them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.e2e.editor import EditorPage, World
from tests.e2e.processes import until

Visit = Callable[..., EditorPage]
PLAN, BUDGET = "sandboxFieldPlan00001", "sandboxFieldBudget001"
FIELDS = "/input/customFields"


def update(**input: Any) -> dict[str, Any]:
    return {
        "key": "note",
        "kind": "action",
        "title": "Note the plan",
        "operation": "gohighlevel.contacts.update",
        "connection": "{gohighlevel}",
        "input": {"contactId": "{{ trigger.id }}", **input},
    }


def stored(world: World, editor: EditorPage) -> Any:
    editor.saved()
    return world.stored(editor.workflow).draft["steps"][0]["input"].get("customFields")


def test_fields_of_the_account_are_inputs_of_the_form(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(update()), query="?step=note")

    editor.field(f"{FIELDS}/{PLAN}").get_by_role("combobox").select_option("Agency")
    editor.text(f"{FIELDS}/{BUDGET}").click()
    editor.page.keyboard.type("1200")

    assert stored(world, editor) == {PLAN: "Agency", BUDGET: 1200}
    expect(editor.field(FIELDS)).to_contain_text("Plan")
    assert editor.audit() == []


def test_value_of_a_field_that_is_gone_is_shown_until_it_is_removed(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(update(customFields={"gone": "x", PLAN: "Studio"})), query="?step=note")

    expect(editor.field(f"{FIELDS}/gone")).to_contain_text("no such field any more")
    editor.panel.get_by_role("button", name="Remove gone").click()

    assert stored(world, editor) == {PLAN: "Studio"}


def test_without_an_account_the_form_says_what_is_missing(world: World, visit: Visit) -> None:
    editor = visit(world.workflow({**update(), "connection": None}), query="?step=note")
    editor.tab("Configure")

    expect(editor.field(FIELDS)).to_contain_text("Choose the account first")


def test_filled_in_fields_arrive_at_the_service(world: World) -> None:
    workflow = world.workflow(update(customFields={PLAN: "Agency", BUDGET: 900}))
    with world.stepline() as stepline:
        stepline.workflows.enable(workflow)
    world.add_contact(firstName="Ida", email="ida@example.com")

    (run,) = until(lambda: [run for run in world.runs(workflow) if run.run.finished], 10)

    assert run.run.status == "succeeded"
    sent = run.steps[0].attempts[0].exchanges[0]["request"]["body"]
    assert f'{{"id":"{PLAN}","field_value":"Agency"}}' in sent.replace(" ", "")
