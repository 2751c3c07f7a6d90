// Everything one can do in the editor, once: menus, the palette, keys and the list of keys all read this.
import * as doc from "./document.js";
import { announce } from "./dom.js";
import { hint } from "./keys.js";
import { openMenu } from "./menu.js";
import { lookOf } from "./cards.js";
import { TRIGGER } from "./store.js";
import { undoToast } from "./toast.js";

/** `parts`: store, canvas, viewport, picker, panel, clipboard, collapsed, dialogs, toast, autosave. */
export class Commands {
  constructor(parts) {
    Object.assign(this, parts);
  }

  /** The step that a command is about: the focused card's, else the selected one. */
  current() {
    const key = this.currentKey();
    if (!key || key === TRIGGER) return null;
    return doc.find(this.store.definition, key);
  }

  currentKey() {
    return this.acting ?? document.activeElement?.closest?.(".tile")?.dataset.key ?? this.store.selection;
  }

  title(step) {
    return lookOf(step, this.store).title;
  }

  /** Where a new step goes: behind the current one, else at the end. */
  placeAfter() {
    if (this.currentKey() === TRIGGER) return { lane: "", index: 0 };
    const found = this.current();
    if (found) return { lane: found.lane, index: found.index + 1 };
    return { lane: "", index: this.store.definition.steps.length };
  }

  undo() {
    const label = this.store.undo();
    if (label) announce(`Undone: ${label}`);
  }

  redo() {
    const label = this.store.redo();
    if (label) announce(`Done again: ${label}`);
  }

  async addAt(place) {
    const chosen = await this.picker.chooseStep();
    if (chosen) this.insertChosen(chosen, place);
  }

  /** Puts a new step in and opens it. `chosen` is {kind} or {operation}. */
  insertChosen(chosen, place) {
    const { store } = this;
    const step = chosen.operation
      ? doc.operationStep(store.definition, chosen.operation, this.onlyConnection(chosen.operation.connector))
      : doc.ownStep(store.definition, chosen.kind);
    const changed = doc.insert(store.definition, place.lane, place.index, [step]);
    store.change(`Add “${this.title(step)}”`, changed, { select: step.key });
    this.show(step.key);
    this.panel.focus();
  }

  onlyConnection(connector) {
    const known = this.store.connectionsOf(connector);
    return known.length === 1 ? known[0].id : null;
  }

  addAfter() {
    return this.addAt(this.placeAfter());
  }

  addBefore() {
    const found = this.current();
    return this.addAt(found ? { lane: found.lane, index: found.index } : { lane: "", index: 0 });
  }

  duplicate() {
    const found = this.current();
    if (!found) return;
    const { definition, key } = doc.duplicate(this.store.definition, found.step.key);
    this.store.change(`Duplicate “${this.title(found.step)}”`, definition, { select: key });
    this.show(key);
  }

  remove() {
    const found = this.current();
    if (!found) return;
    const { step, lane, index } = found;
    const title = this.title(step);
    const inside = doc.keysWithin(step).length - 1;
    const siblings = doc.stepsOf(this.store.definition, lane);
    const next = siblings[index + 1]?.key ?? siblings[index - 1]?.key ?? TRIGGER;
    const selected = this.store.selection !== null && doc.keysWithin(step).includes(this.store.selection);
    this.store.change(`Delete “${title}”`, doc.remove(this.store.definition, step.key), {
      select: selected ? null : this.store.selection,
    });
    this.focusCard(next);
    const more = inside ? ` with ${inside === 1 ? "the step" : `the ${inside} steps`} inside` : "";
    undoToast(this.store, `“${title}” is deleted${more}.`);
  }

  move(direction) {
    const found = this.current();
    const place = found && doc.neighbour(this.store.definition, found.step.key, direction);
    if (!place) return;
    const title = this.title(found.step);
    this.store.change(`Move “${title}”`, doc.move(this.store.definition, found.step.key, place.lane, place.index));
    this.focusCard(found.step.key);
    const now = doc.find(this.store.definition, found.step.key);
    announce(`“${title}” is now step ${now.index + 1} ${now.lane ? `in ${now.lane}` : "of the workflow"}.`);
  }

  toggleFold() {
    const found = this.current();
    if (found && doc.lanesOf(found.step).length) this.setFolded(found.step.key, !this.collapsed.has(found.step.key));
  }

  setFolded(key, folded) {
    if (folded) this.collapsed.add(key);
    else this.collapsed.delete(key);
    this.canvas.draw();
    this.rememberFolds();
  }

  foldAll(folded) {
    for (const { step } of doc.walk(this.store.definition)) {
      if (doc.lanesOf(step).length) folded ? this.collapsed.add(step.key) : this.collapsed.delete(step.key);
    }
    this.canvas.draw();
    this.rememberFolds();
  }

  open(tab = null) {
    const key = this.currentKey();
    if (!key) return;
    this.store.select(key, { tab });
    this.panel.focus();
  }

  rename() {
    const key = this.currentKey();
    if (!key) return;
    this.store.select(key, { tab: "setup", field: "/title" });
  }

  editNote() {
    const key = this.currentKey();
    if (key) this.store.select(key, { tab: "setup", field: "/note" });
  }

  entriesFor(key, found) {
    const on = (run) => () => {
      this.store.select(key);
      this.acting = key;
      run();
      this.acting = null;
    };
    const after = key === TRIGGER ? { lane: "", index: 0 } : { lane: found.lane, index: found.index + 1 };
    const shared = [
      { title: "Open", glyph: "sliders-horizontal", run: () => this.goTo(key) },
      { title: "Rename", glyph: "pencil", keys: hint("F2"), run: () => this.store.select(key, { tab: "setup", field: "/title" }) },
      { title: found?.step.note ? "Change the note" : "Write a note", glyph: "message-square", keys: hint("N"), run: () => this.store.select(key, { tab: "setup", field: "/note" }) },
      { title: "Test", glyph: "flask-conical", keys: hint("T"), run: () => this.store.select(key, { tab: "test" }) },
      "-",
      { title: "Add a step after it", glyph: "plus", keys: hint("A"), run: () => this.addAt(after) },
      { title: "Paste after it", glyph: "clipboard-list", keys: hint("Mod+V"), run: () => this.clipboard.pasteFromMenu(after) },
    ];
    if (!found) return shared;
    const place = (direction) => doc.neighbour(this.store.definition, key, direction);
    const lanes = doc.lanesOf(found.step).length;
    const folded = this.collapsed.has(key);
    return [
      ...shared,
      { title: "Duplicate", glyph: "copy-plus", keys: hint("Mod+D"), run: on(() => this.duplicate()) },
      { title: "Copy", glyph: "copy", keys: hint("Mod+C"), run: on(() => this.clipboard.copy()) },
      ...(lanes ? [{ title: folded ? "Unfold" : "Fold", glyph: folded ? "chevron-down" : "chevron-up", keys: hint("F"), run: () => this.setFolded(key, !folded) }] : []),
      "-",
      { title: "Move up", glyph: "arrow-up", keys: hint("Alt+ArrowUp"), disabled: !place("up"), run: on(() => this.move("up")) },
      { title: "Move down", glyph: "arrow-down", keys: hint("Alt+ArrowDown"), disabled: !place("down"), run: on(() => this.move("down")) },
      ...(found.lane ? [{ title: "Move out", glyph: "arrow-left", keys: hint("Alt+ArrowLeft"), run: on(() => this.move("out")) }] : []),
      "-",
      { title: "Delete", glyph: "trash-2", keys: hint("Delete"), danger: true, run: on(() => this.remove()) },
    ];
  }

  /** Selects a step, unfolds what hides it and brings it into view. */
  goTo(key, detail = {}) {
    for (const { step } of doc.walk(this.store.definition)) {
      if (step.key !== key && doc.keysWithin(step).includes(key)) this.collapsed.delete(step.key);
    }
    this.canvas.draw();
    this.viewport.measure();
    this.store.select(key, detail);
    this.show(key);
  }

  show(key) {
    const card = this.canvas.card(key);
    if (card) this.viewport.reveal(card);
  }

  focusCard(key) {
    this.canvas.card(key)?.querySelector(".tile-open").focus({ preventScroll: true });
    this.show(key);
  }

  /** Between the cards and the panel. */
  switchArea() {
    if (this.panel.element.contains(document.activeElement) || this.panel.element.hidden) {
      this.focusCard(this.store.selection ?? TRIGGER);
    } else this.panel.focus();
  }

  /** What one can do with a step, or with the trigger. */
  menuFor(key, anchor = null) {
    const card = this.canvas.card(key);
    const at = anchor ?? card?.querySelector(".tile-more");
    if (!at) return;
    if (card && !card.contains(document.activeElement)) this.store.select(key);
    const found = key === TRIGGER ? null : doc.find(this.store.definition, key);
    openMenu(at, this.entriesFor(key, found), { label: `Actions for “${this.title(found?.step ?? this.store.definition.trigger)}”` });
  }

  nextProblem() {
    const { problems } = this.store.standing;
    if (!problems.length) return;
    this.problemAt = ((this.problemAt ?? -1) + 1) % problems.length;
    this.dialogs.goToProblem(problems[this.problemAt]);
  }
}
