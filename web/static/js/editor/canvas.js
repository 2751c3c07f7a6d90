// Draws the definition as cards from top to bottom, and redraws only what changed.
import { lanesOf, walk } from "./document.js";
import { appIcon, h, icon, reconcile } from "./dom.js";
import { lookOf, rulesSaid } from "./cards.js";
import { TRIGGER } from "./store.js";

export class Canvas {
  #drawn = new Map();
  #lanes = new Map();
  #slots = new Map();
  #trigger = null;
  #settings = null;
  #number = 0;

  /** `world` is the element to draw in. `collapsed` is the set of keys of steps that are folded. */
  constructor(world, store, collapsed) {
    this.world = world;
    this.store = store;
    this.collapsed = collapsed;
    store.on("definition", () => this.draw());
    store.on("operations", () => this.redrawAll());
    store.on("connections", () => this.redrawAll());
    store.on("standing", () => this.mark());
    store.on("selection", () => this.mark());
  }

  redrawAll() {
    this.#drawn.clear();
    this.#trigger = null;
    this.draw();
  }

  draw() {
    const { definition } = this.store;
    if (definition.settings !== this.#settings) this.#drawn.clear(); // cards name their values
    this.#settings = definition.settings;
    this.#number = 0;
    this.seen = new Set();
    if (this.#trigger?.holder !== definition.trigger) {
      this.#trigger = { holder: definition.trigger, element: this.#card(definition.trigger, TRIGGER, 0) };
    }
    const lane = this.#lane("", definition.steps, this.#trigger.element.dataset.title);
    this.end ??= h("span", { class: "flow-end" }, "End");
    reconcile(this.world, [this.#trigger.element, lane, this.end]);
    for (const key of this.#drawn.keys()) if (!this.seen.has(key)) this.#drawn.delete(key);
    this.mark();
  }

  /** Steps with a `+` before, between and after them. */
  #lane(name, steps, before) {
    let lane = this.#lanes.get(name);
    if (!lane) {
      lane = h("div", { class: "lane", dataset: { lane: name } });
      this.#lanes.set(name, lane);
    }
    const wanted = [this.#slot(name, 0, before)];
    for (const [index, step] of steps.entries()) {
      const element = this.#step(step);
      wanted.push(element, this.#slot(name, index + 1, element.dataset.title));
    }
    reconcile(lane, wanted);
    return lane;
  }

  #slot(lane, index, before) {
    const id = `${lane}:${index}`;
    let slot = this.#slots.get(id);
    if (!slot) {
      const add = h("button", { type: "button", class: "add", tabindex: -1, dataset: { add: "" } }, icon("plus"));
      const parts = [h("span", { class: "wire" }), add, h("span", { class: "wire arrow" })];
      slot = h("div", { class: "slot", dataset: { lane, index } }, ...parts);
      this.#slots.set(id, slot);
    }
    if (id === ":0") this.#markFirst(slot, this.store.definition.steps.length === 0);
    if (slot.dataset.before !== before) {
      slot.dataset.before = before;
      const add = slot.querySelector(".add");
      add.setAttribute("aria-label", `Add a step after “${before}”`);
      add.title = "Add a step here";
    }
    return slot;
  }

  /** In a workflow without steps, the `+` says what it is for. */
  #markFirst(slot, isFirst) {
    if (slot.classList.contains("first") === isFirst) return;
    slot.classList.toggle("first", isFirst);
    slot.querySelector(".add").replaceChildren(icon("plus"), ...(isFirst ? ["Add the first step"] : []));
  }

  #step(step) {
    this.#number += 1;
    this.seen.add(step.key);
    const folded = this.collapsed.has(step.key);
    const drawn = this.#drawn.get(step.key);
    if (drawn && drawn.step === step && drawn.number === this.#number && drawn.folded === folded) {
      this.#number += drawn.inside;
      for (const { step: inner } of walk({ steps: [step] })) this.seen.add(inner.key);
      return drawn.element;
    }
    const number = this.#number;
    const card = this.#cardOf(step, number, folded, drawn);
    const element = drawn?.element ?? h("div", { class: "item" });
    element.dataset.title = card.dataset.title;
    element.className = `item${step.kind === "loop" ? " loop-frame" : ""}`;
    reconcile(element, [card, ...(folded ? [this.#folded(step)] : this.#inside(step))]);
    if (folded) this.#number += countInside(step);
    this.#drawn.set(step.key, { step, number, folded, card, element, inside: this.#number - number });
    return element;
  }

  /** The card is kept while nothing that it says has changed: inner steps come and go without it. */
  #cardOf(step, number, folded, drawn) {
    if (drawn && drawn.number === number && drawn.folded === folded && saysTheSame(drawn.step, step)) return drawn.card;
    const had = drawn?.card.contains(document.activeElement);
    const card = this.#card(step, step.key, number, folded);
    if (had) queueMicrotask(() => document.activeElement === document.body && card.querySelector(".tile-open").focus({ preventScroll: true }));
    return card;
  }

  #inside(step) {
    if (step.kind === "loop") {
      const again = h("span", { class: "flow-end" }, icon("repeat"), "Next item");
      return [this.#lane(step.key, step.steps, lookOf(step, this.store).title), again];
    }
    if (step.kind !== "paths") return [];
    const branches = step.branches.map((branch, index) => this.#branch(step, branch, index));
    return [h("span", { class: "wire" }), h("div", { class: "branches" }, branches)];
  }

  #branch(step, branch, index) {
    const title = branch.title || branch.key;
    const rules = rulesSaid(branch, this.store);
    const label = h(
      "button",
      { type: "button", class: "branch-label", tabindex: -1, dataset: { branch: index, owner: step.key }, title: rules },
      h("span", { class: "truncate" }, title),
      h("span", { class: "branch-rules truncate" }, rules || (branch === step.branches.at(-1) ? "all that is left" : "no rules yet")),
    );
    const lane = this.#lane(`${step.key}/${branch.key}`, branch.steps, title);
    return h("div", { class: "branch" }, h("span", { class: "wire" }), label, lane, h("span", { class: "wire fill" }));
  }

  #folded(step) {
    const count = countInside(step);
    const text = `${count} ${count === 1 ? "step" : "steps"} folded`;
    return h("button", { type: "button", class: "folded", tabindex: -1, dataset: { unfold: step.key } }, icon("chevron-down"), text);
  }

  #card(holder, key, number, folded = false) {
    const look = lookOf(holder, this.store);
    const text = [
      h("span", { class: "kicker" }, number ? h("span", { class: "tile-number" }, number) : null, number ? look.kicker : `Trigger · ${look.kicker}`),
      h("span", { class: "name" }, look.title),
      look.said ? h("span", { class: "said truncate" }, look.said) : null,
    ];
    const open = h("button", { type: "button", class: "tile-open", tabindex: -1 }, appIcon(look), h("span", { class: "tile-text" }, text));
    const more = h(
      "button",
      { type: "button", class: "tile-more", tabindex: -1, "aria-haspopup": "menu", "aria-label": `More for “${look.title}”`, title: "More" },
      icon("ellipsis"),
    );
    const note = holder.note ? h("span", { class: "tile-note" }, holder.note) : null;
    return h(
      "div",
      { class: `tile of-${holder.kind ?? "trigger"}`, dataset: { key, title: look.title, folded: folded || null } },
      open,
      h("span", { class: "tile-mark" }),
      more,
      note,
    );
  }

  /** Selection and problems, which change without the definition. */
  mark() {
    const problems = new Map();
    for (const problem of this.store.standing.problems) {
      const key = problem.step ?? (problem.pointer.startsWith("/trigger") ? TRIGGER : null);
      if (key) problems.set(key, [...(problems.get(key) ?? []), problem.message]);
    }
    for (const card of this.cards()) {
      const { key } = card.dataset;
      const selected = key === this.store.selection;
      card.classList.toggle("selected", selected);
      const open = card.querySelector(".tile-open");
      if (selected) open.setAttribute("aria-current", "true");
      else open.removeAttribute("aria-current");
      this.#markProblems(card, problems.get(key) ?? []);
    }
  }

  #markProblems(card, messages) {
    const text = messages.join(" ");
    if ((card.dataset.problems ?? "") === text) return;
    card.dataset.problems = text;
    card.classList.toggle("bad", messages.length > 0);
    const mark = card.querySelector(".tile-mark");
    mark.replaceChildren(...(text ? [icon("triangle-alert"), h("span", { class: "visually-hidden" }, `To mend: ${text}`)] : []));
    mark.title = text;
  }

  /** All cards in reading order. */
  cards() {
    return [...this.world.querySelectorAll(".tile")];
  }

  card(key) {
    return this.world.querySelector(`.tile[data-key="${CSS.escape(key)}"]`);
  }

  slotAt(lane, index) {
    return this.#slots.get(`${lane}:${index}`) ?? null;
  }
}

const countInside = (step) => [...walk({ steps: [step] })].length - 1;

/** Whether two states of a step look the same on its own card. */
function saysTheSame(before, after) {
  if (before === after) return true;
  if (lanesOf(before).length === 0) return false;
  const own = ({ steps, branches, ...rest }) => rest;
  return JSON.stringify(own(before)) === JSON.stringify(own(after));
}
