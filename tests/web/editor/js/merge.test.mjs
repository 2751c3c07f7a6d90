import assert from "node:assert/strict";
import { test } from "node:test";
import * as doc from "../../../../web/static/js/editor/document.js";
import { merge } from "../../../../web/static/js/editor/merge.js";

const action = (key, input = {}) => ({ key, kind: "action", operation: "a.b.c", input });
const base = {
  trigger: { operation: "webhook.hooks.received", input: {} },
  settings: { list: { title: "List", value: "a" } },
  steps: [
    action("one", { x: "1", y: "1" }),
    { key: "split", kind: "paths", branches: [{ key: "a", title: "A", steps: [action("inner")] }, { key: "b", steps: [] }] },
    action("two"),
  ],
};
const setInput = (given, key, input) => doc.update(given, key, (step) => ({ ...step, input: { ...step.input, ...input } }));
const order = (given) => [...doc.walk(given)].map(({ step, lane }) => `${lane}>${step.key}`);

test("changes of different fields of one step come together", () => {
  const { definition, overlaps } = merge(base, setInput(base, "one", { x: "mine" }), setInput(base, "one", { y: "theirs" }));
  assert.deepEqual(definition.steps[0].input, { x: "mine", y: "theirs" });
  assert.deepEqual(overlaps, []);
});

test("where both changed the same field, mine stays and is named", () => {
  const { definition, overlaps } = merge(base, setInput(base, "one", { x: "mine" }), setInput(base, "one", { x: "theirs" }));
  assert.equal(definition.steps[0].input.x, "mine");
  assert.deepEqual(overlaps, [{ step: "one", field: "x", mine: "mine", theirs: "theirs" }]);
});

test("the same change by both is no conflict", () => {
  const same = setInput(base, "one", { x: "same" });
  assert.deepEqual(merge(base, same, structuredClone(same)).overlaps, []);
});

test("steps that both added are both there", () => {
  const mine = doc.insert(base, "", 1, [action("added_by_me")]);
  const theirs = doc.insert(base, "split/b", 0, [action("added_by_them")]);
  assert.deepEqual(order(merge(base, mine, theirs).definition), [">one", ">added_by_me", ">split", "split/a>inner", "split/b>added_by_them", ">two"]);
});

test("steps that both added under one key are both kept, and references follow", () => {
  const mine = doc.insert(base, "", 3, [action("fresh", { a: "mine" }), action("user", { of: "{{ steps.fresh.id }}" })]);
  const theirs = doc.insert(base, "", 3, [action("fresh", { a: "theirs" })]);
  const { definition } = merge(base, mine, theirs);
  assert.equal(doc.find(definition, "fresh").step.input.a, "theirs");
  assert.equal(doc.find(definition, "fresh_2").step.input.a, "mine");
  assert.equal(doc.find(definition, "user").step.input.of, "{{ steps.fresh_2.id }}");
});

test("a step that I added with steps inside comes whole", () => {
  const loop = { key: "loop", kind: "loop", items: "", steps: [action("deep")] };
  assert.deepEqual(order(merge(base, doc.insert(base, "", 0, [loop]), setInput(base, "two", { z: "1" })).definition).slice(0, 2), [">loop", "loop>deep"]);
});

test("a step that I deleted goes, unless they worked on it", () => {
  const mine = doc.remove(base, "two");
  assert.equal(doc.find(merge(base, mine, setInput(base, "one", { y: "2" })).definition, "two"), null);
  const { definition, overlaps } = merge(base, mine, setInput(base, "two", { z: "theirs" }));
  assert.ok(doc.find(definition, "two"));
  assert.deepEqual(overlaps, [{ step: "two", field: "deleted" }]);
});

test("a step that they deleted stays gone", () => {
  assert.equal(doc.find(merge(base, setInput(base, "one", { x: "2" }), doc.remove(base, "two")).definition, "two"), null);
});

test("a step that I moved is where I put it, with their change of it", () => {
  const mine = doc.move(base, "two", "split/a", 0);
  const { definition } = merge(base, mine, setInput(base, "two", { z: "theirs" }));
  assert.deepEqual(order(definition), [">one", ">split", "split/a>two", "split/a>inner"]);
  assert.equal(doc.find(definition, "two").step.input.z, "theirs");
});

test("my new order stands beside a step that they added", () => {
  const mine = doc.move(base, "two", "", 0);
  const theirs = doc.insert(base, "", 3, [action("end")]);
  assert.deepEqual(order(merge(base, mine, theirs).definition), [">two", ">one", ">split", "split/a>inner", ">end"]);
});

test("settings and the trigger are merged field by field", () => {
  const mine = { ...base, trigger: { ...base.trigger, note: "mine" } };
  const theirs = { ...base, settings: { list: { title: "List", value: "b" } } };
  const { definition } = merge(base, mine, theirs);
  assert.equal(definition.trigger.note, "mine");
  assert.equal(definition.settings.list.value, "b");
});
