import assert from "node:assert/strict";
import { test } from "node:test";
import * as expr from "../../../../web/static/js/editor/expressions.js";

test("a text falls into words and expressions, and back", () => {
  assert.deepEqual(expr.pieces("Hi {{ trigger.name }}!"), [{ text: "Hi " }, { expression: "trigger.name" }, { text: "!" }]);
  assert.deepEqual(expr.pieces(""), []);
  assert.deepEqual(expr.pieces("no braces } {"), [{ text: "no braces } {" }]);
});

test("braces inside quotes and groups do not end an expression", () => {
  assert.deepEqual(expr.pieces("{{ a | default('}}') }}"), [{ expression: "a | default('}}')" }]);
  assert.deepEqual(expr.pieces("{{ a | merge({'b': {'c': 1}}) }}"), [{ expression: "a | merge({'b': {'c': 1}})" }]);
});

test("an expression that is never closed is text", () => {
  assert.deepEqual(expr.pieces("{{ trigger.name"), [{ text: "{{ trigger.name" }]);
});

test("a path with filters is read and written back", () => {
  for (const source of [
    "trigger.email",
    "steps.find.contacts[0].name",
    "trigger['first name']",
    "trigger.tags | join(', ')",
    "trigger.name | default(trigger.firstName | default('')) | truncate(25, '')",
    "a | where('vip', true) | map('id')",
  ]) {
    assert.equal(expr.formatExpression(expr.parseExpression(source)), source);
  }
});

test("paths know names and places", () => {
  assert.deepEqual(expr.parseExpression("steps.a['b c'][-1].d").path, ["steps", "a", "b c", -1, "d"]);
});

test("what is more than a path with filters is left as it is", () => {
  for (const source of ["a if b else c", "'text'", "a == b", "a | ", "a b", "(a)", "a.b + 1"]) {
    assert.equal(expr.parseExpression(source), null);
  }
});

test("quotes go round a text and off again", () => {
  for (const text of ["", "it's", 'say "hi"', "a\\b", "two\nlines"]) assert.equal(expr.unquote(expr.quote(text)), text);
  assert.equal(expr.unquote("trigger.name"), null);
});

test("steps that a value names are found, text that looks like it is not", () => {
  const named = expr.stepsNamed({ a: "{{ steps.one.x }} {{ steps['two'].y }}", b: ["steps.three.z"], c: "{{ mysteps.four }}" });
  assert.deepEqual([...named], ["one", "two"]);
});

test("a text that is exactly one expression is told from others", () => {
  assert.equal(expr.onlyExpression("{{ a.b }}"), "a.b");
  assert.equal(expr.onlyExpression("x{{ a.b }}"), null);
  assert.equal(expr.onlyExpression(5), null);
});
