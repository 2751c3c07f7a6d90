"""What the editor asks while somebody works in it."""

from __future__ import annotations

from typing import Any

from tests.web.conftest import Outside
from tests.web.editor.conftest import TAG, Editor

SCOPE: dict[str, Any] = {"trigger": {"email": "ada@example.com", "age": "many", "tags": ["a"]}, "steps": {}}


async def test_picker_finds_triggers_only_where_a_trigger_fits(editor: Editor) -> None:
    triggers = (await editor.get("/search?kind=trigger&q=contact"))["operations"]
    steps = (await editor.get("/search?q=contact"))["operations"]
    assert {found["kind"] for found in triggers} == {"trigger"}
    assert {found["kind"] for found in steps} == {"action", "search"}


async def test_picker_can_look_at_one_app(editor: Editor) -> None:
    found = (await editor.get("/search?connector=mailercloud"))["operations"]
    assert {one["connector"] for one in found} == {"mailercloud"}


async def test_operations_come_with_schemas_and_the_sample_as_later_steps_see_it(editor: Editor) -> None:
    ids = "id=mailercloud.contacts.search&id=mailercloud.contacts.tag&id=nothing.at.all"
    found = await editor.get(f"/operations?{ids}")
    assert set(found) == {"mailercloud.contacts.search", "mailercloud.contacts.tag"}
    assert found["mailercloud.contacts.search"]["sample"]["found"] is True
    assert "contact" in found["mailercloud.contacts.tag"]["input_schema"]["properties"]


async def test_preview_shows_what_each_text_gives(editor: Editor) -> None:
    value = {"contact": "{{ trigger.email | upper }}", "tags": ["fixed", "{{ trigger.nothing }}"]}
    shown = (await editor.post("/preview", {"value": value, "scope": SCOPE}))["shown"]
    assert shown[0] == {"pointer": "/contact", "text": "ADA@EXAMPLE.COM", "type": "text"}
    assert (shown[1]["pointer"], shown[1]["missing"]) == ("/tags/1", "trigger.nothing")


async def test_preview_points_out_values_that_the_operation_does_not_take(editor: Editor) -> None:
    value = {"email": "{{ trigger.email }}", "list_id": "x", "salary": "{{ trigger.age }}"}
    answer = await editor.post("/preview", {"value": value, "scope": SCOPE, "operation": "mailercloud.contacts.upsert"})
    assert [misfit["pointer"] for misfit in answer["misfits"]] == ["/salary"]


async def test_preview_says_which_expression_cannot_be_read(editor: Editor) -> None:
    shown = (await editor.post("/preview", {"value": "{{ trigger. }}", "scope": SCOPE}))["shown"]
    assert "cannot be read" in shown[0]["error"]


async def test_preview_judges_rules_one_by_one_and_together(editor: Editor) -> None:
    rules = [
        {"left": "{{ trigger.email }}", "test": "is_not_empty"},
        {"left": "{{ trigger.email }}", "test": "equals", "right": "nobody"},
    ]
    for match, together in (("all", False), ("any", True)):
        answer = await editor.post("/preview", {"value": rules, "scope": SCOPE, "match": match})
        assert answer["verdict"] == {"each": [True, False], "together": together}


async def test_rules_with_an_unknown_test_are_not_judged(editor: Editor) -> None:
    rules = [{"left": "x", "test": "smells_like"}]
    assert (await editor.post("/preview", {"value": rules, "scope": SCOPE, "match": "all"}))["verdict"] is None


async def test_dropdown_is_searched_and_paged(editor: Editor, outside: Outside) -> None:
    connection = editor.site.connect()
    lists = [{"id": f"l{number}", "name": f"List {number}"} for number in range(3)]
    outside.says("/", {"data": lists, "message": "ok"})
    wanted = {"operation": "mailercloud.lists.options", "connection": connection.id}
    everything = await editor.post("/options", wanted)
    assert [option["value"] for option in everything["options"]] == ["l0", "l1", "l2"]
    assert everything["more"] is False
    found = await editor.post("/options", {**wanted, "text": "list 2"})
    assert found["options"] == [{"value": "l2", "label": "List 2"}]


async def test_dropdown_of_an_app_that_refuses_says_why(editor: Editor, outside: Outside) -> None:
    connection = editor.site.connect()
    outside.says("/", {"message": "Wrong key"}, status=401)
    answer = await editor.ask(
        "POST", "/options", {"operation": "mailercloud.lists.options", "connection": connection.id}
    )
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/plain")


async def test_dropdown_that_depends_on_an_open_field_asks_for_it(editor: Editor) -> None:
    answer = await editor.ask(
        "POST",
        "/options",
        {
            "operation": "gohighlevel.pipelines.stage_options",
            "source": {"pipelineId": "{{ input.pipelineId }}"},
            "given": {"pipelineId": "{{ trigger.pipeline }}"},
        },
    )
    assert answer.status_code == 422
    assert "depends on" in answer.text


async def test_only_lists_of_choices_can_be_looked_up(editor: Editor) -> None:
    answer = await editor.ask("POST", "/options", {"operation": "mailercloud.contacts.tag"})
    assert answer.status_code == 404


async def test_pasted_steps_lose_accounts_that_are_not_here(editor: Editor) -> None:
    mine = editor.site.connect()
    steps = [
        {**TAG, "connection": "from-elsewhere"},
        {**TAG, "key": "kept", "connection": mine.id},
        {"key": "each", "kind": "loop", "items": "", "steps": [{**TAG, "key": "inner", "connection": "gone"}]},
    ]
    pasted = (await editor.post("/paste", {"steps": steps}))["steps"]
    assert [pasted[0]["connection"], pasted[1]["connection"]] == [None, mine.id]
    assert pasted[2]["steps"][0]["connection"] is None


async def test_what_is_no_step_is_not_pasted(editor: Editor) -> None:
    answer = await editor.ask("POST", "/paste", {"steps": [{"hello": "world"}]})
    assert answer.status_code == 422
    assert "no steps" in answer.text


async def test_samples_come_from_a_chosen_run(editor: Editor) -> None:
    shell = editor.site.shell
    wait = {"key": "wait", "kind": "delay", "for": {"amount": 0, "unit": "seconds"}}
    await editor.save(wait)
    version = shell.versions.snapshot(editor.workflow.id)
    shell.journal.start()
    await shell.dispatcher.start()
    runs = []
    for name in ("Ada", "Bo"):
        accepted = await shell.run_control.start(editor.workflow.id, version.id, {"name": name}, mode="test")
        await shell.dispatcher.idle()
        runs.append(accepted.run_ids[0])
    newest, chosen = await editor.get("/samples"), await editor.get(f"/samples?run={runs[0]}")
    await shell.dispatcher.stop(5)
    assert newest["scope"]["trigger"] == {"name": "Bo"}
    assert chosen["scope"]["trigger"] == {"name": "Ada"}
    assert chosen["real"] == ["trigger", "wait"]
    assert [run["id"] for run in chosen["runs"]] == runs[::-1]


async def test_step_is_tested_with_the_browsers_sample_data(editor: Editor, outside: Outside) -> None:
    connection = editor.site.connect()
    step = {**TAG, "connection": connection.id, "input": {**TAG["input"], "contact": "{{ steps.find.email }}"}}
    find = {"key": "find", "kind": "search", "operation": "mailercloud.contacts.search", "input": {}}
    await editor.save(find, step)
    scope = {"trigger": {}, "steps": {"find": {"email": "bo@example.com"}}}
    dry = await editor.post("/test-step", {"step": step, "scope": scope, "dry": True})
    assert (dry["ok"], dry["simulated"], dry["input"]["contact"]) == (True, True, "bo@example.com")
    assert dry["exchanges"][-1]["response"] is None


async def test_test_with_a_missing_value_names_the_field(editor: Editor) -> None:
    step = {**TAG, "connection": editor.site.connect().id}
    await editor.save(step)
    answer = await editor.post("/test-step", {"step": step, "scope": {"trigger": {"name": "Bo"}, "steps": {}}})
    assert (answer["ok"], answer["field"]) == (False, "contact")


async def test_filter_paths_and_loop_tell_what_they_would_do(editor: Editor) -> None:
    rules = [{"left": "{{ trigger.email }}", "test": "is_not_empty"}]
    split = {
        "key": "split",
        "kind": "paths",
        "branches": [{"key": "a", "rules": rules, "steps": []}, {"key": "rest", "steps": []}],
    }
    for step, output in (
        ({"key": "f", "kind": "filter", "rules": rules}, {"goes_on": True}),
        (split, {"branches": ["a"]}),
        ({"key": "l", "kind": "loop", "items": "{{ trigger.tags }}", "steps": []}, {"count": 1, "item": "a"}),
    ):
        assert (await editor.post("/test-step", {"step": step, "scope": SCOPE}))["output"] == output


async def test_loop_over_something_else_than_a_list_fails_in_words(editor: Editor) -> None:
    step = {"key": "l", "kind": "loop", "items": "{{ trigger.email }}", "steps": []}
    answer = await editor.post("/test-step", {"step": step, "scope": SCOPE})
    assert answer["ok"] is False
    assert "list" in answer["failure"]["message"]


async def test_matching_fields_are_filled_and_custom_fields_by_the_apps_names(editor: Editor, outside: Outside) -> None:
    connection = editor.site.connect()
    outside.says("/", {"data": [{"id": "p1", "field_name": "Favourite colour", "name": "Favourite colour"}]})
    data = [
        {"expression": "trigger.email", "path": ["email"], "type": "text"},
        {"expression": "trigger.firstName", "path": ["firstName"], "type": "text"},
        {"expression": "trigger.favouriteColour", "path": ["favouriteColour"], "type": "text"},
    ]
    answer = await editor.post(
        "/match",
        {"operation": "mailercloud.contacts.upsert", "connection": connection.id, "input": {}, "data": data},
    )
    assert answer["fields"]["email"] == "{{ trigger.email }}"
    assert answer["fields"]["first_name"] == "{{ trigger.firstName | default('') }}"
    assert list(answer["fields"]["custom_fields"].values()) == ["{{ trigger.favouriteColour | default('') }}"]
