// The forms of the engine's own kinds of step: filter, paths, delay, loop.
import { addBranch, moveBranch, removeBranch } from "./document.js";
import { button, h, icon, newId } from "./dom.js";
import { rulesSaid } from "./cards.js";
import { Field } from "./field.js";
import { rulesEditor } from "./rules.js";
import { textField, withOptional } from "./setup.js";
import { undoToast } from "./toast.js";

export function kindForm(panel, form) {
  panel.subject = () => ({ key: panel.key, value: templatesOf(panel.holder) });
  const make = { filter, paths, delay, loop }[panel.holder.kind];
  return h("div", { class: "form" }, make(panel, form));
}

/** The parts of a step with templates of its own, without the steps inside. */
const templatesOf = ({ rules, branches, items, until, for: wait }) => ({
  rules,
  branches: branches?.map((branch) => ({ rules: branch.rules })),
  items,
  until,
  for: wait,
});

function filter(panel, form) {
  const rules = rulesEditor({
    panel,
    form,
    holder: panel.holder,
    pointer: "",
    empty: "Add the first rule",
    change: ({ match, rules: list }, merge) => panel.edit("Change the rules", (step) => ({ ...step, match, rules: list }), { merge }),
  });
  return [h("p", { class: "muted" }, "The run goes on only if these rules are met. Else it ends here, shown as Filtered."), rules];
}

function paths(panel, form) {
  const { holder } = panel;
  const id = newId("take");
  const take = h(
    "select",
    { class: "input", id, onchange: () => panel.edit("Change which paths are taken", (step) => withOptional(step, "take", take.value === "first" ? undefined : take.value)) },
    h("option", { value: "first" }, "The first path whose rules are met"),
    h("option", { value: "all", selected: holder.take === "all" }, "Every path whose rules are met"),
  );
  const branches = holder.branches.map((branch, index) => branchFold(panel, form, branch, index));
  const add = button({ text: "Add a path", glyph: "plus", onclick: () => {
    const letter = String.fromCharCode(65 + (holder.branches.length % 26));
    panel.store.change("Add a path", addBranch(panel.store.definition, panel.key, `Path ${letter}`));
  } });
  return [h("div", { class: "field" }, h("label", { for: id }, "Which paths does a run take?"), take), h("div", { class: "branch-forms" }, branches), add];
}

function branchFold(panel, form, branch, index) {
  const { store, key, holder } = panel;
  const last = index === holder.branches.length - 1;
  const rest = !(branch.rules ?? []).length;
  const change = (label, edit, merge) =>
    panel.edit(label, (step) => ({ ...step, branches: step.branches.map((one) => (one.key === branch.key ? edit(one) : one)) }), { merge });
  const title = h("span", { class: "grow truncate" }, branch.title || branch.key);
  const said = h("span", { class: "muted small truncate" }, rest ? (last ? "all that is left" : "no rules yet") : rulesSaid(branch, store));
  const tool = (glyph, label, act, disabled = false) => button({ glyph, label, kind: "quiet small square", disabled, onclick: act });
  const tools = h(
    "div",
    { class: "row" },
    tool("chevron-up", `Move “${branch.title}” to the left`, () => store.change("Move a path", moveBranch(store.definition, key, branch.key, -1)), index === 0),
    tool("chevron-down", `Move “${branch.title}” to the right`, () => store.change("Move a path", moveBranch(store.definition, key, branch.key, 1)), last),
    tool("trash-2", `Delete “${branch.title}”`, () => deleteBranch(panel, branch), holder.branches.length === 1),
  );
  const name = textField(panel, {
    label: "Name of this path",
    pointer: `/branches/${index}/title`,
    value: branch.title ?? "",
    maxlength: 200,
    change: (text) => {
      title.textContent = text.trim() || branch.key;
      change("Rename a path", (one) => withOptional(one, "title", text.trim()), `branch:${branch.key}`);
    },
  });
  const rules = rulesEditor({
    panel,
    form,
    holder: branch,
    pointer: `/branches/${index}`,
    empty: rest && last ? "Add a rule to this path" : "Add the first rule",
    change: ({ match, rules: list }, merge) => change("Change the rules", (one) => ({ ...one, match, rules: list }), merge),
  });
  return h(
    "details",
    { class: "branch-form", open: panel.openBranch === index || (!rest && holder.branches.length < 4), dataset: { pointer: `/branches/${index}` } },
    h("summary", {}, icon("chevron-right"), title, said),
    h("div", { class: "form" }, name, rest ? h("p", { class: "muted small" }, "A path without rules takes everything that no path before it took.") : null, rules, tools),
  );
}

function deleteBranch(panel, branch) {
  const { store, key } = panel;
  const count = branch.steps.length;
  store.change("Delete a path", removeBranch(store.definition, key, branch.key));
  const inside = count ? ` with ${count === 1 ? "its step" : `its ${count} steps`}` : "";
  undoToast(store, `“${branch.title || branch.key}” is deleted${inside}.`);
}

function delay(panel, form) {
  const until = "until" in panel.holder;
  const radio = (value, title) =>
    h("label", { class: "check" }, h("input", { type: "radio", name: "wait", value, checked: until === (value === "until"), onchange: () => setWait(panel, value) }), h("span", {}, title));
  return [
    h("fieldset", { class: "field" }, h("legend", {}, "How long?"), radio("for", "For a while"), radio("until", "Until a date and time")),
    until ? untilField(panel, form) : forFields(panel, form),
  ];
}

const setWait = (panel, value) =>
  panel.edit("Change the wait", ({ for: _, until: __, ...step }) => (value === "until" ? { ...step, until: "" } : { ...step, for: { amount: 1, unit: "days" } }), { redraw: true });

function untilField(panel, form) {
  const field = new Field({
    name: "until",
    title: "Date and time",
    schema: { type: "string", format: "date-time", description: "A date without a zone counts as UTC." },
    value: panel.holder.until,
    required: true,
    pointer: "/until",
    form,
    change: (value, { merge = null } = {}) => panel.edit("Change the wait", (step) => ({ ...step, until: value ?? "" }), { merge }),
  });
  panel.fields.push(field);
  return field.element;
}

function forFields(panel, form) {
  const { holder, store } = panel;
  const setPart = (part, merge = null) => panel.edit("Change the wait", (step) => ({ ...step, for: { ...step.for, ...part } }), { merge });
  const amount = new Field({
    name: "amount",
    title: "How many",
    schema: { type: "number" },
    value: holder.for.amount,
    required: true,
    pointer: "/for/amount",
    form,
    change: (value, { merge = null } = {}) => setPart({ amount: value ?? "" }, merge),
  });
  panel.fields.push(amount);
  const id = newId("unit");
  const unit = h("select", { class: "input", id, onchange: () => setPart({ unit: unit.value }) }, store.choices.units.map((one) => h("option", { value: one, selected: one === holder.for.unit }, one)));
  return h("div", { class: "two-fields" }, amount.element, h("div", { class: "field" }, h("div", { class: "field-head" }, h("label", { class: "label", for: id }, "Unit")), unit));
}

function loop(panel, form) {
  const items = new Field({
    name: "items",
    title: "List to go through",
    schema: { type: "array", description: "The steps inside run once for each entry. They can use the entry as “item”." },
    value: panel.holder.items,
    required: true,
    pointer: "/items",
    form,
    change: (value, { merge = null } = {}) => panel.edit("Change the list", (step) => ({ ...step, items: value ?? "" }), { merge }),
  });
  if (items.way === "rows" && !panel.holder.items) items.setWay("data", { focus: false });
  panel.fields.push(items);
  const limit = textField(panel, {
    label: "At most this many entries",
    pointer: "/limit",
    value: panel.holder.limit ?? "",
    placeholder: "1000",
    optional: true,
    help: "A longer list stops the run with a message.",
    check: (text) => (text.trim() && !(/^\d+$/.test(text.trim()) && text >= 1 && text <= 10000) ? "Enter a whole number from 1 to 10,000." : ""),
    change: (text) => panel.edit("Change the limit", (step) => withOptional(step, "limit", text.trim() ? Number(text) : undefined), { merge: "limit" }),
  });
  return [items.element, limit];
}
