import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../../../../web/static/js/editor/history.js";

const clock = () => {
  const it = { now: 0 };
  it.read = () => it.now;
  return it;
};
const state = (n) => ({ n });

test("undo and redo lead through every change, with the selection of each", () => {
  const history = new History(state(0));
  history.push("one", state(1), { before: null, after: "a" });
  history.push("two", state(2), { before: "a", after: "b" });
  assert.deepEqual([history.undoLabel, history.redoLabel], ["two", null]);
  assert.deepEqual(history.undo(), { label: "two", selection: "a" });
  assert.deepEqual(history.undo(), { label: "one", selection: null });
  assert.equal(history.definition.n, 0);
  assert.equal(history.undo(), null);
  assert.deepEqual(history.redo(), { label: "one", selection: "a" });
  assert.deepEqual(history.redo(), { label: "two", selection: "b" });
  assert.equal(history.redo(), null);
});

test("a hundred changes can all be undone", () => {
  const history = new History(state(0));
  for (let n = 1; n <= 100; n += 1) history.push(`change ${n}`, state(n));
  for (let n = 0; n < 100; n += 1) history.undo();
  assert.equal(history.definition.n, 0);
});

test("typing in one field is one change until a pause", () => {
  const time = clock();
  const history = new History(state(0), time.read);
  for (const n of [1, 2, 3]) {
    time.now += 200;
    history.push("type", state(n), { merge: "field" });
  }
  time.now += 5000;
  history.push("type", state(4), { merge: "field" });
  history.undo();
  assert.equal(history.definition.n, 3);
  history.undo();
  assert.equal(history.definition.n, 0);
});

test("a new change after undo ends what could be done again", () => {
  const history = new History(state(0));
  history.push("one", state(1), { merge: "f" });
  history.undo();
  history.push("two", state(2), { merge: "f" });
  assert.equal(history.redoLabel, null);
  history.undo();
  assert.equal(history.definition.n, 0);
});

test("nothing changed is no change", () => {
  const start = state(0);
  const history = new History(start);
  assert.equal(history.push("nothing", start), false);
  assert.equal(history.undoLabel, null);
});
