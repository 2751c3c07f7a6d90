import assert from "node:assert/strict";
import { test } from "node:test";
import * as doc from "../../../../web/static/js/editor/document.js";

const action = (key, input = {}) => ({ key, kind: "action", operation: "mailercloud.contacts.tag", input });
const definition = () => ({
  trigger: { operation: "webhook.hooks.received" },
  steps: [
    action("first"),
    {
      key: "split",
      kind: "paths",
      branches: [
        { key: "vip", title: "VIP", rules: [{ left: "{{ steps.first.id }}", test: "is_not_empty" }], steps: [action("gift")] },
        { key: "rest", steps: [] },
      ],
    },
    { key: "each", kind: "loop", items: "{{ steps.first.list }}", steps: [action("inside", { id: "{{ steps.each.item.id }}" })] },
    action("last", { to: "{{ steps.first.email }} and {{ steps['first'].name }}" }),
  ],
});
const order = (given) => [...doc.walk(given)].map(({ step, lane }) => `${lane}>${step.key}`);

test("walk visits steps in reading order with their lanes", () => {
  assert.deepEqual(order(definition()), [">first", ">split", "split/vip>gift", ">each", "each>inside", ">last"]);
});

test("pointers lead to steps in paths and loops", () => {
  assert.equal(doc.pointerOf(definition(), "gift"), "/steps/1/branches/0/steps/0");
  assert.equal(doc.pointerOf(definition(), "inside"), "/steps/2/steps/0");
  assert.equal(doc.pointerOf(definition(), null), "/trigger");
  assert.equal(doc.pointerOf(definition(), "gone"), null);
});

test("a change shares everything that stayed the same", () => {
  const before = definition();
  const after = doc.update(before, "gift", (step) => ({ ...step, title: "Gift" }));
  assert.equal(after.steps[0], before.steps[0]);
  assert.equal(after.steps[2], before.steps[2]);
  assert.notEqual(after.steps[1], before.steps[1]);
  assert.equal(after.steps[1].branches[1], before.steps[1].branches[1]);
  assert.equal(before.steps[1].branches[0].steps[0].title, undefined);
});

test("an update that changes nothing gives the same definition", () => {
  const before = definition();
  assert.equal(doc.update(before, "gift", (step) => step), before);
  assert.equal(doc.remove(before, "gone"), before);
});

test("steps move within a lane, into a path and out of a loop", () => {
  assert.deepEqual(order(doc.move(definition(), "first", "", 2)).slice(0, 3), [">split", "split/vip>gift", ">first"]);
  assert.deepEqual(order(doc.move(definition(), "last", "split/rest", 0)), [">first", ">split", "split/vip>gift", "split/rest>last", ">each", "each>inside"]);
  assert.deepEqual(order(doc.move(definition(), "inside", "", 0))[0], ">inside");
});

test("a move to where the step stands, or into itself, changes nothing", () => {
  const before = definition();
  assert.equal(doc.move(before, "first", "", 0), before);
  assert.equal(doc.move(before, "first", "", 1), before);
  assert.equal(doc.move(before, "split", "split/vip", 0), before);
});

test("arrow keys lead a step up, down, out of its lane and into the one above", () => {
  assert.equal(doc.neighbour(definition(), "first", "up"), null);
  assert.deepEqual(doc.neighbour(definition(), "first", "down"), { lane: "", index: 2 });
  assert.equal(doc.neighbour(definition(), "last", "down"), null);
  assert.deepEqual(doc.neighbour(definition(), "gift", "out"), { lane: "", index: 2 });
  assert.deepEqual(doc.neighbour(definition(), "last", "in"), { lane: "each", index: 1 });
  assert.equal(doc.neighbour(definition(), "first", "in"), null);
});

test("a duplicate has keys of its own, and what is inside refers to the copy", () => {
  const { definition: after, key } = doc.duplicate(definition(), "each");
  assert.equal(key, "each_2");
  const copy = doc.find(after, "each_2").step;
  assert.equal(copy.steps[0].key, "inside_2");
  assert.equal(copy.steps[0].input.id, "{{ steps.each_2.item.id }}");
  assert.equal(copy.items, "{{ steps.first.list }}");
  assert.equal(new Set(order(after)).size, order(after).length);
});

test("renaming a key leads every reference to the new one", () => {
  const after = doc.renameKey(definition(), "first", "person");
  assert.equal(after.steps[3].input.to, "{{ steps.person.email }} and {{ steps['person'].name }}");
  assert.equal(after.steps[2].items, "{{ steps.person.list }}");
  assert.equal(after.steps[1].branches[0].rules[0].left, "{{ steps.person.id }}");
  assert.ok(doc.find(after, "person"));
});

test("a key that is taken or malformed is not given", () => {
  const before = definition();
  assert.equal(doc.renameKey(before, "first", "last"), before);
  assert.equal(doc.renameKey(before, "first", "First!"), before);
});

test("renaming leaves longer keys and plain text alone", () => {
  const before = { trigger: {}, steps: [action("a"), action("ab", { x: "steps.a {{ steps.ab.x }} {{ 'steps.a' }}" })] };
  assert.equal(doc.renameKey(before, "a", "z").steps[1].input.x, "steps.a {{ steps.ab.x }} {{ 'steps.a' }}");
});

test("new keys are readable, valid and free", () => {
  assert.equal(doc.newKey(new Set(), "Send the Mail!"), "send_the_mail");
  assert.equal(doc.newKey(new Set(["mail", "mail_2"]), "mail"), "mail_3");
  assert.equal(doc.newKey(new Set(), "2nd"), "step_2nd");
  assert.ok(doc.isKey(doc.newKey(new Set(), "x".repeat(80))));
});

test("a new path stands before the one for everything else", () => {
  const after = doc.addBranch(definition(), "split", "Path C");
  assert.deepEqual(after.steps[1].branches.map((branch) => branch.key), ["vip", "path_c", "rest"]);
});

test("the last path cannot be removed", () => {
  const one = doc.removeBranch(definition(), "split", "rest");
  assert.deepEqual(one.steps[1].branches.map((branch) => branch.key), ["vip"]);
  assert.equal(doc.removeBranch(one, "split", "vip"), one);
});

test("an operation becomes a step with a key after what it does", () => {
  const step = doc.operationStep(definition(), { id: "a.contacts.create", key: "create", resource: "contacts", kind: "action", title: "Create" }, "c1");
  assert.deepEqual(step, { key: "create_contacts", kind: "action", title: "Create", operation: "a.contacts.create", connection: "c1", input: {} });
});
