import assert from "node:assert/strict";
import { test } from "node:test";
import { below, fieldNames, kindOf, readJson, valueOf, wayFor, waysOf } from "../../../../web/static/js/editor/schema.js";

test("each kind of schema has its ways of being filled in", () => {
  assert.equal(kindOf({ type: "string" }), "text");
  assert.equal(kindOf({ type: ["integer", "null"] }), "number");
  assert.equal(kindOf({ type: "string", "x-options": { operation: "a.b.c" } }), "options");
  assert.equal(kindOf({ type: "object", properties: { a: {} } }), "group");
  assert.equal(kindOf({ type: "object", additionalProperties: { type: "string" } }), "pairs");
  assert.equal(kindOf({}), "any");
  assert.deepEqual(waysOf({ type: "boolean" }), ["choose", "data"]);
});

test("a stored value decides the way that shows it", () => {
  assert.equal(wayFor({ type: "boolean" }, true), "choose");
  assert.equal(wayFor({ type: "boolean" }, "{{ trigger.vip }}"), "data");
  assert.equal(wayFor({ type: "array", items: { type: "string" } }, ["a"]), "rows");
  assert.equal(wayFor({ type: "array" }, "{{ trigger.tags }}"), "data");
  assert.equal(wayFor({ type: "object" }, [1]), "json");
  assert.equal(wayFor({}, { a: 1 }), "pairs");
});

test("typed text becomes the value that the schema wants", () => {
  assert.equal(valueOf({ type: "number" }, "2.5"), 2.5);
  assert.equal(valueOf({ type: "integer" }, "many"), "many");
  assert.equal(valueOf({ type: ["string", "number"] }, "007"), "007");
  assert.equal(valueOf({ type: "number" }, "{{ trigger.n }}"), "{{ trigger.n }}");
  assert.equal(valueOf({ type: "string" }, ""), undefined);
});

test("JSON written by hand is read, or its mistake is named by line", () => {
  assert.deepEqual(readJson('{"a": 1}'), { value: { a: 1 } });
  assert.deepEqual(readJson("{{ trigger.x }}"), { value: "{{ trigger.x }}" });
  assert.match(readJson('{"a": }').problem, /not valid JSON/);
});

test("required fields come first, then the schema's own order", () => {
  const schema = { properties: { c: {}, a: {}, b: {}, hidden: { "x-hidden": true } }, required: ["b"], "x-order": ["a"] };
  assert.deepEqual(fieldNames(schema), ["b", "a", "c"]);
});

test("pointers escape what JSON pointers reserve", () => {
  assert.equal(below("/input", "a/b~c"), "/input/a~1b~0c");
});
