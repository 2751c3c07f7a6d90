// What undo and redo know. Definitions are immutable, so each entry is one definition and costs only what changed.
const KEPT = 500;
const PAUSE_MS = 1200;

export class History {
  #past = [];
  #future = [];
  #now = null;

  /** `clock` gives milliseconds. */
  constructor(definition, clock = () => Date.now()) {
    this.clock = clock;
    this.#now = { definition, label: "", selection: null, merge: null, at: 0 };
  }

  get definition() {
    return this.#now.definition;
  }

  get undoLabel() {
    return this.#past.length ? this.#now.label : null;
  }

  get redoLabel() {
    return this.#future.at(-1)?.label ?? null;
  }

  /** `selection` is what was selected before and after: undo and redo lead back there. Changes with the same
   *  `merge` in quick succession (typing) are one entry. */
  push(label, definition, { before = null, after = null, merge = null } = {}) {
    if (definition === this.#now.definition) return false;
    const at = this.clock();
    const continues = merge !== null && merge === this.#now.merge && at - this.#now.at < PAUSE_MS && !this.#future.length;
    if (!continues) {
      this.#past.push(this.#now);
      if (this.#past.length > KEPT) this.#past.shift();
    }
    this.#now = { definition, label, before: continues ? this.#now.before : before, after, merge, at };
    this.#future = [];
    return true;
  }

  /** {label, selection}, or null when there is nothing to undo. */
  undo() {
    if (!this.#past.length) return null;
    const undone = this.#now;
    this.#future.push(undone);
    this.#now = { ...this.#past.pop(), merge: null };
    return { label: undone.label, selection: undone.before };
  }

  redo() {
    if (!this.#future.length) return null;
    this.#past.push(this.#now);
    this.#now = { ...this.#future.pop(), merge: null };
    return { label: this.#now.label, selection: this.#now.after };
  }
}
