// Copy and paste of steps as JSON, also between workflows and into other programs.
import { find, freshCopies, insert } from "./document.js";
import { isTyping } from "./dom.js";

const MARK = "stepline-steps";

export class Clipboard {
  /** `parts`: store, api, commands, toast. */
  constructor(parts) {
    Object.assign(this, parts);
    document.addEventListener("copy", (event) => this.#copy(event, false));
    document.addEventListener("cut", (event) => this.#copy(event, true));
    document.addEventListener("paste", (event) => this.#paste(event));
  }

  #elsewhere() {
    return isTyping(document.activeElement) || document.querySelector("dialog[open]") || String(getSelection()) !== "";
  }

  #copy(event, cut) {
    const found = this.forced ?? (this.#elsewhere() ? null : this.commands.current());
    if (!found) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", JSON.stringify({ format: MARK, version: 1, steps: [found.step] }, null, 2));
    if (cut) this.commands.remove();
    else this.toast(`“${this.commands.title(found.step)}” is copied. Paste it here or into another workflow.`);
  }

  /** Copies from a menu: the browser then asks for the data as if keys had been pressed. */
  copy() {
    this.forced = this.commands.current();
    if (this.forced) document.execCommand("copy");
    this.forced = null;
  }

  cut() {
    this.forced = this.commands.current();
    if (this.forced) document.execCommand("cut") || document.execCommand("copy");
    this.forced = null;
  }

  #paste(event) {
    if (this.#elsewhere()) return;
    const text = event.clipboardData.getData("text/plain");
    if (!text.trim()) return;
    event.preventDefault();
    this.paste(text);
  }

  /** From a menu: browsers let a page read the clipboard only when it is asked nicely. */
  async pasteFromMenu(place) {
    try {
      await this.paste(await navigator.clipboard.readText(), place);
    } catch {
      this.toast("Your browser does not let a page read the clipboard. Press Ctrl+V (⌘V) instead.", { tone: "bad" });
    }
  }

  async paste(text, place = this.commands.placeAfter()) {
    const { store } = this;
    const given = stepsIn(text);
    if (!given) return this.toast("What is on the clipboard are no steps of a workflow.", { tone: "bad" });
    try {
      const { steps, operations } = await this.api.post("/paste", { steps: given });
      store.learn(operations);
      const fresh = freshCopies(store.definition, steps);
      const title = fresh.length === 1 ? `“${this.commands.title(fresh[0])}”` : `${fresh.length} steps`;
      store.change(`Paste ${title}`, insert(store.definition, place.lane, place.index, fresh), { select: fresh[0].key });
      if (find(store.definition, fresh[0].key)) this.commands.focusCard(fresh[0].key);
    } catch (error) {
      this.toast(error.message, { tone: "bad" });
    }
  }
}

/** Steps from copied JSON: our own form, a list of steps, one step, a whole definition or a recipe. */
export function stepsIn(text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  if (data === null || typeof data !== "object") return null;
  const steps = Array.isArray(data) ? data : Array.isArray(data.steps) && data.kind !== "loop" ? data.steps : [data];
  const isStep = (step) => step !== null && typeof step === "object" && typeof step.kind === "string" && typeof step.key === "string";
  return steps.length && steps.every(isStep) ? steps : null;
}
