// A text field whose expressions are pills. The model is a list of units: a letter, or a pill (an object with its
// expression). The caret is a number of units, so that pills and letters are moved over alike.
import { h } from "./dom.js";
import { braced, pieces } from "./expressions.js";

const GAP = "\u200b"; // lets the caret stand beside a pill; never part of the value
export const DRAG_TYPE = "application/x-stepline-expression";

const lettersIn = (text) => [...text.replaceAll(GAP, "")].length;

const unitsIn = (node) => {
  if (node.unit) return 1;
  if (node.nodeType === Node.TEXT_NODE) return lettersIn(node.data);
  return node.nodeName === "BR" ? 1 : sum([...node.childNodes]);
};

const sum = (nodes) => nodes.reduce((count, node) => count + unitsIn(node), 0);

document.addEventListener("selectionchange", () => {
  const input = document.activeElement?.pillInput;
  if (input) input.lastCaret = input.caret();
});

export const unitsOf = (text) =>
  pieces(text).flatMap((piece) => ("text" in piece ? [...piece.text] : [{ expression: piece.expression }]));

export const textOf = (units) =>
  units.map((unit) => (typeof unit === "string" ? unit : braced(unit.expression))).join("");

export class PillInput {
  #units = [];
  #slash = null;

  /** `attributes` go onto the element. `host`: drawPill(expression), onData(input), onLeave(input), pillMenu(input, pill).
   *  `change(text)` is called after each edit. */
  constructor({ value = "", multiline = false, placeholder = "", attributes = {}, change, host, accepts = "text" }) {
    Object.assign(this, { multiline, change, host, accepts });
    this.element = h("div", {
      class: `input pills${multiline ? " lines" : ""}`,
      role: "textbox",
      "aria-haspopup": "tree",
      "aria-multiline": String(multiline),
      spellcheck: "false",
      tabindex: 0,
      dataset: { placeholder },
      ...attributes,
    });
    this.element.contentEditable = "true";
    try {
      this.element.contentEditable = "plaintext-only";
    } catch {
      // older browsers: paste and Enter are handled below in any case
    }
    this.element.pillInput = this;
    this.set(value);
    this.#listen();
  }

  get text() {
    return textOf(this.#units);
  }

  set(text) {
    this.#units = unitsOf(text);
    this.#draw();
  }

  /** Draws the pills again: a step was renamed or sample data came in. */
  refresh() {
    const caret = this.hasFocus ? this.caret() : null;
    this.#draw();
    if (caret !== null) this.setCaret(caret);
  }

  get hasFocus() {
    return document.activeElement === this.element;
  }

  focus() {
    this.element.focus();
    this.setCaret(this.#units.length);
  }

  // Drawing and reading back

  #draw() {
    const parts = [];
    let run = "";
    const flush = () => {
      if (run) parts.push(run);
      run = "";
    };
    for (const [at, unit] of this.#units.entries()) {
      if (typeof unit === "string") run += unit;
      else {
        flush();
        if (at === 0 || typeof this.#units[at - 1] !== "string") parts.push(GAP);
        parts.push(this.#pill(unit));
      }
    }
    flush();
    const last = this.#units.at(-1);
    if (last && typeof last !== "string") parts.push(GAP);
    if (last === "\n") parts.push(h("br"));
    this.element.replaceChildren(...parts);
    this.element.classList.toggle("blank", this.#units.length === 0);
  }

  #pill(unit) {
    const pill = this.host.drawPill(unit.expression);
    pill.contentEditable = "false";
    pill.draggable = true;
    pill.unit = unit;
    return pill;
  }

  #read() {
    const units = [];
    const visit = (node) => {
      if (node.unit) units.push(node.unit);
      else if (node.nodeType === Node.TEXT_NODE) units.push(...node.data.replaceAll(GAP, ""));
      else if (node.nodeName === "BR") {
        if (node !== this.element.lastChild) units.push("\n");
      } else node.childNodes.forEach(visit);
    };
    this.element.childNodes.forEach(visit);
    return this.multiline ? units : units.map((unit) => (unit === "\n" ? " " : unit));
  }

  // The caret

  /** Units before a DOM position. */
  #unitsBefore(node, offset) {
    const children = [...this.element.childNodes];
    if (node === this.element) return sum(children.slice(0, offset));
    const child = children.find((one) => one.contains(node));
    const before = sum(children.slice(0, children.indexOf(child)));
    if (child.nodeType === Node.TEXT_NODE) return before + lettersIn(child.data.slice(0, offset));
    return before + (offset > 0 ? 1 : 0);
  }

  /** {start, end} in units; null when the selection is elsewhere. */
  selection() {
    const chosen = getSelection();
    if (!chosen.rangeCount || !this.element.contains(chosen.anchorNode)) return null;
    const range = chosen.getRangeAt(0);
    return {
      start: this.#unitsBefore(range.startContainer, range.startOffset),
      end: this.#unitsBefore(range.endContainer, range.endOffset),
    };
  }

  caret() {
    return Math.min(this.selection()?.end ?? this.lastCaret ?? Infinity, this.#units.length);
  }

  setCaret(at) {
    let left = at;
    for (const node of this.element.childNodes) {
      if (node.unit) {
        if (left === 0) return this.#place(node, "before");
        left -= 1;
        if (left === 0) return this.#place(node, "after");
      } else if (node.nodeType === Node.TEXT_NODE) {
        const letters = [...node.data];
        let index = 0;
        for (const letter of letters) {
          if (left === 0 && letter !== GAP) break;
          if (letter !== GAP) left -= 1;
          index += letter.length;
        }
        if (left === 0) return this.#select(node, Math.min(index, node.data.length));
      }
    }
    return this.#select(this.element, this.element.childNodes.length);
  }

  #place(pill, side) {
    const text = side === "before" ? pill.previousSibling : pill.nextSibling;
    if (text?.nodeType === Node.TEXT_NODE) return this.#select(text, side === "before" ? text.data.length : text.data.startsWith(GAP) ? 1 : 0);
    const index = [...this.element.childNodes].indexOf(pill);
    return this.#select(this.element, side === "before" ? index : index + 1);
  }

  #select(node, offset) {
    getSelection().collapse(node, offset);
  }

  // Editing

  /** Puts `units` in place of [start, end) and tells about it. */
  splice(start, end, units, { focus = true } = {}) {
    this.#units = [...this.#units.slice(0, start), ...units, ...this.#units.slice(end)];
    this.#draw();
    if (focus) {
      this.element.focus();
      this.setCaret(start + units.length);
    }
    this.lastCaret = start + units.length;
    this.change(this.text);
  }

  /** Inserts an expression where the caret is or was, in place of what was typed after a slash. */
  insert(expression) {
    const at = this.lastCaret ?? this.#units.length;
    const start = this.#slash ?? at;
    this.#slash = null;
    this.splice(start, at, [{ expression }]);
  }

  replacePill(pill, expression) {
    const at = this.#units.indexOf(pill.unit);
    if (at >= 0) this.splice(at, at + 1, expression === null ? [] : [{ expression }], { focus: expression === null });
  }

  /** The pill that stands directly before or after the caret, if any. */
  pillAtCaret() {
    const at = this.caret();
    const unit = [this.#units[at - 1], this.#units[at]].find((one) => typeof one === "object");
    return [...this.element.querySelectorAll(".pill")].find((pill) => pill.unit === unit) ?? null;
  }

  /** What was typed after the slash, null when none was typed. */
  get query() {
    if (this.#slash === null) return null;
    const typed = this.#units.slice(this.#slash + 1, this.lastCaret);
    return typed.every((unit) => typeof unit === "string") ? typed.join("") : null;
  }

  endSlash() {
    this.#slash = null;
  }

  #listen() {
    const on = (name, listener) => this.element.addEventListener(name, listener);
    on("beforeinput", (event) => this.#before(event));
    on("input", (event) => this.#typed(event));
    on("keydown", (event) => this.#key(event));
    on("focus", () => this.host.onFocus?.(this));
    on("blur", () => this.host.onLeave?.(this));
    on("copy", (event) => this.#copy(event));
    on("cut", (event) => this.#copy(event, true));
    on("paste", (event) => this.#paste(event));
    on("click", (event) => this.#click(event));
    on("dragstart", (event) => this.#dragStart(event));
    on("dragover", (event) => this.#dragOver(event));
    on("drop", (event) => this.#drop(event));
  }

  #before(event) {
    if (event.inputType === "insertParagraph" || event.inputType === "insertLineBreak") {
      event.preventDefault();
      if (this.multiline) this.#replaceSelection(["\n"]);
    } else if (event.inputType.startsWith("history")) event.preventDefault();
    else if (event.inputType.startsWith("format")) event.preventDefault();
  }

  #replaceSelection(units) {
    const { start, end } = this.selection() ?? { start: this.#units.length, end: this.#units.length };
    this.splice(start, end, units);
  }

  #typed(event) {
    const units = this.#read();
    const parsed = unitsOf(textOf(units));
    const caret = this.selection()?.end ?? units.length;
    this.#units = parsed;
    this.lastCaret = Math.min(caret, parsed.length);
    if (parsed.length !== units.length) {
      // An expression was completed by hand: it becomes a pill, and the caret stays behind it.
      this.lastCaret = Math.max(0, caret - (units.length - parsed.length));
      this.#draw();
      this.setCaret(this.lastCaret);
    }
    this.element.classList.toggle("blank", parsed.length === 0);
    if (event.data === "/" && this.#startsWord(this.lastCaret - 1)) this.#slash = this.lastCaret - 1;
    else if (this.#slash !== null && this.#units[this.#slash] !== "/") this.#slash = null;
    this.change(this.text);
    this.host.onTyped?.(this);
  }

  #startsWord(at) {
    const before = this.#units[at - 1];
    return before === undefined || typeof before === "object" || /\s/.test(before);
  }

  #key(event) {
    if (this.host.onKey?.(this, event)) return;
    if (event.key === "Enter" && !this.multiline) event.preventDefault();
    if (event.key === "ArrowDown" && event.altKey) {
      event.preventDefault();
      const pill = this.pillAtCaret();
      if (pill) this.host.pillMenu(this, pill);
      else this.host.onData?.(this, { choose: true });
      return;
    }
    this.#nearPill(event);
  }

  /** Browsers disagree about pills: Backspace, Delete and the arrows treat one as one letter. */
  #nearPill(event) {
    const chosen = this.selection();
    if (!chosen || chosen.start !== chosen.end || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = chosen.end;
    const isPill = (index) => typeof this.#units[index] === "object";
    if (event.key === "Backspace" && isPill(at - 1)) this.#take(event, () => this.splice(at - 1, at, []));
    else if (event.key === "Delete" && isPill(at)) this.#take(event, () => this.splice(at, at + 1, []));
    else if (event.key === "ArrowLeft" && !event.shiftKey && isPill(at - 1)) this.#take(event, () => this.setCaret(at - 1));
    else if (event.key === "ArrowRight" && !event.shiftKey && isPill(at)) this.#take(event, () => this.setCaret(at + 1));
  }

  #take(event, act) {
    event.preventDefault();
    act();
  }

  #copy(event, cut = false) {
    const chosen = this.selection();
    if (!chosen || chosen.start === chosen.end) return;
    event.preventDefault();
    event.stopPropagation();
    event.clipboardData.setData("text/plain", textOf(this.#units.slice(chosen.start, chosen.end)));
    if (cut) this.splice(chosen.start, chosen.end, []);
  }

  #paste(event) {
    event.preventDefault();
    event.stopPropagation();
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
    this.#replaceSelection(unitsOf(this.multiline ? text : text.replace(/\s*\n\s*/g, " ").trim()));
  }

  #click(event) {
    const pill = event.target.closest(".pill");
    if (!pill) {
      this.host.onData?.(this);
      return;
    }
    event.stopPropagation();
    if (event.target.closest(".pill-remove")) this.replacePill(pill, null);
    else this.host.pillMenu(this, pill);
  }

  #dragStart(event) {
    const pill = event.target.closest?.(".pill");
    if (!pill) return;
    event.stopPropagation();
    event.dataTransfer.setData("text/plain", braced(pill.unit.expression));
    event.dataTransfer.setData(DRAG_TYPE, pill.unit.expression);
    event.dataTransfer.effectAllowed = "move";
    PillInput.moved = { input: this, pill };
    pill.addEventListener("dragend", () => (PillInput.moved = null), { once: true });
  }

  #dragOver(event) {
    if (!event.dataTransfer.types.includes(DRAG_TYPE)) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.#pointOf(event);
    if (at !== null) {
      this.element.focus();
      this.setCaret(at);
    }
  }

  #drop(event) {
    const expression = event.dataTransfer.getData(DRAG_TYPE);
    if (!expression) return;
    event.preventDefault();
    event.stopPropagation();
    let at = this.#pointOf(event) ?? this.#units.length;
    const { moved } = PillInput;
    PillInput.moved = null;
    if (moved?.input === this) {
      const from = this.#units.indexOf(moved.pill.unit);
      this.#units = this.#units.toSpliced(from, 1);
      if (from < at) at -= 1;
    } else if (moved) moved.input.replacePill(moved.pill, null);
    this.splice(at, at, [{ expression }]);
  }

  #pointOf(event) {
    const point = document.caretPositionFromPoint?.(event.clientX, event.clientY);
    const range = point ? null : document.caretRangeFromPoint?.(event.clientX, event.clientY);
    const node = point?.offsetNode ?? range?.startContainer;
    if (!node || !this.element.contains(node)) return null;
    return this.#unitsBefore(node, point?.offset ?? range.startOffset);
  }
}
