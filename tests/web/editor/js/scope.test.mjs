import assert from "node:assert/strict";
import { test } from "node:test";
import { expressionFor, sourceOf, values, valueAt, visibleTo } from "../../../../web/static/js/editor/scope.js";

const step = (key) => ({ key, kind: "action" });
const definition = {
  trigger: {},
  steps: [
    step("one"),
    { key: "split", kind: "paths", branches: [{ key: "a", steps: [step("in_a")] }, { key: "b", steps: [step("in_b")] }] },
    { key: "each", kind: "loop", steps: [step("in_loop"), step("in_loop_2")] },
    step("last"),
  ],
};
const seen = (key) => visibleTo(definition, key).map((one) => `${one.step.key}${one.optional ? "?" : ""}${one.inside ? "*" : ""}`);

test("a step sees what stands before it", () => {
  assert.deepEqual(seen("one"), []);
  assert.deepEqual(seen("split"), ["one"]);
});

test("steps of a path that may not have run are marked, other paths of the same split are not seen", () => {
  assert.deepEqual(seen("in_b"), ["one"]);
  assert.deepEqual(seen("each"), ["one", "split", "in_a?", "in_b?"]);
});

test("inside a loop its item is seen; from outside only the loop itself", () => {
  assert.deepEqual(seen("in_loop_2"), ["one", "split", "in_a?", "in_b?", "each*", "in_loop"]);
  assert.deepEqual(seen("last"), ["one", "split", "in_a?", "in_b?", "each"]);
});

test("the trigger sees no step", () => {
  assert.deepEqual(seen(null), []);
});

test("values are listed with groups before what is in them, lists by their first entry", () => {
  const rows = values({ a: 1, b: { c: "x" }, d: [{ e: true }], f: [] }, ["trigger"]);
  assert.deepEqual(
    rows.map((row) => [row.path.join("."), row.type, row.depth]),
    [
      ["trigger.a", "number", 0],
      ["trigger.b", "group", 0],
      ["trigger.b.c", "text", 1],
      ["trigger.d", "list", 0],
      ["trigger.d.0", "group", 1],
      ["trigger.d.0.e", "yes/no", 2],
      ["trigger.f", "list", 0],
    ],
  );
});

test("a path into nothing gives undefined", () => {
  assert.equal(valueAt({ a: { b: [1, 2] } }, ["a", "b", 1]), 2);
  assert.equal(valueAt({ a: null }, ["a", "b"]), undefined);
});

test("a value that may be missing gets a default", () => {
  assert.equal(expressionFor(["steps", "x", "first name"], true), "steps.x['first name'] | default('')");
  assert.equal(expressionFor(["trigger", "list", 0, "id"], false), "trigger.list[0].id");
});

test("an expression's source is known by how its path begins", () => {
  assert.deepEqual(sourceOf(["steps", "find", "id"]), { kind: "step", key: "find", fields: ["id"] });
  assert.equal(sourceOf(["workflow", "settings", "list"]).kind, "settings");
  assert.equal(sourceOf(["somewhere"]).kind, "unknown");
});
