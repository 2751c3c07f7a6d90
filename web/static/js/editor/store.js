// The one place that knows the definition, what is selected and what the server last said.
import { History } from "./history.js";
import { find } from "./document.js";

export const TRIGGER = "@trigger";
export const SETTINGS = "@settings";

export class Store {
  #listeners = new Map();
  #history;
  #selection = null;

  /** `state` is what the page came with. */
  constructor(state) {
    this.#history = new History(state.definition);
    this.standing = state.workflow;
    this.savedDefinition = state.definition;
    this.operations = new Map(Object.entries(state.operations));
    this.connectors = state.connectors;
    this.connections = state.connections;
    this.filters = state.filters;
    this.choices = state.choices;
    this.kinds = state.kinds;
  }

  get definition() {
    return this.#history.definition;
  }

  get selection() {
    return this.#selection;
  }

  get undoLabel() {
    return this.#history.undoLabel;
  }

  get redoLabel() {
    return this.#history.redoLabel;
  }

  /** Events: definition, selection, standing, operations, connections, samples. Gives a function that ends it. */
  on(event, listener) {
    const known = this.#listeners.get(event) ?? [];
    this.#listeners.set(event, [...known, listener]);
    return () => this.#listeners.set(event, this.#listeners.get(event).filter((one) => one !== listener));
  }

  emit(event, detail = {}) {
    for (const listener of this.#listeners.get(event) ?? []) listener(detail);
  }

  /** One change that can be undone. `label` completes "Undo: …"; `select` is selected afterwards; `merge` joins it
   *  with the change before; `origin` tells listeners who made it. */
  change(label, definition, { select = this.#selection, merge = null, origin = null } = {}) {
    const before = this.#selection;
    if (!this.#history.push(label, definition, { before, after: select, merge })) return false;
    this.#settle(select, origin);
    return true;
  }

  undo() {
    return this.#step(this.#history.undo());
  }

  redo() {
    return this.#step(this.#history.redo());
  }

  #step(done) {
    if (done) this.#settle(done.selection, "history");
    return done?.label ?? null;
  }

  #settle(select, origin) {
    const selection = this.#exists(select) ? select : null;
    const moved = selection !== this.#selection;
    this.#selection = selection;
    this.emit("definition", { origin });
    if (moved) this.emit("selection", {});
  }

  /** `field` is the JSON pointer inside the step to go to; `tab` the tab to open. */
  select(selection, detail = {}) {
    if (!this.#exists(selection)) selection = null;
    if (selection === this.#selection && !detail.field && !detail.tab) return;
    this.#selection = selection;
    this.emit("selection", detail);
  }

  #exists(selection) {
    return selection === null || selection.startsWith("@") || find(this.definition, selection) !== null;
  }

  /** The selected step or trigger: {key, holder}; key is null for the trigger. */
  selected() {
    const holder = this.holderOf(this.#selection);
    return holder && { key: this.#selection === TRIGGER ? null : this.#selection, holder };
  }

  /** The trigger or step that a selection names; null for the settings, for nothing, and once it is gone. */
  holderOf(selection) {
    if (selection === TRIGGER) return this.definition.trigger;
    return selection === null || selection === SETTINGS ? null : (find(this.definition, selection)?.step ?? null);
  }

  setStanding(standing) {
    this.standing = { ...this.standing, ...standing };
    this.emit("standing");
  }

  /** Cards of operations that were just learned. */
  learn(operations) {
    for (const [id, operation] of Object.entries(operations)) this.operations.set(id, operation);
    this.emit("operations");
  }

  addConnection(connection) {
    this.connections = [...this.connections, connection].sort((a, b) => a.name.localeCompare(b.name));
    this.emit("connections");
  }

  connectionsOf(connector) {
    return this.connections.filter((connection) => connection.connector === connector);
  }
}
