// Going from card to card with the keyboard, and what a click on the canvas means. One card is in the tab order,
// with its menu and the `+` around it.
import { find, stepsOf } from "./document.js";
import { TRIGGER } from "./store.js";

export class Navigation {
  #current = TRIGGER;

  /** `parts`: surface, canvas, store, commands, panel, viewport. */
  constructor(parts) {
    Object.assign(this, parts);
    const { surface } = this;
    surface.addEventListener("focusin", (event) => this.#focused(event));
    surface.addEventListener("keydown", (event) => this.#key(event));
    surface.addEventListener("click", (event) => this.#click(event));
    surface.addEventListener("contextmenu", (event) => this.#contextMenu(event));
    this.store.on("definition", () => this.refresh());
    this.store.on("selection", () => this.#follow());
    this.refresh();
  }

  #follow() {
    const { selection } = this.store;
    if (selection && this.canvas.card(selection)) this.#current = selection;
    this.refresh();
  }

  /** Makes the current card, and what belongs to it, the only part of the canvas in the tab order. */
  refresh() {
    if (!this.canvas.card(this.#current)) this.#current = TRIGGER;
    for (const element of this.surface.querySelectorAll("[tabindex='0']")) element.tabIndex = -1;
    const card = this.canvas.card(this.#current);
    if (!card) return;
    const parts = [card.querySelector(".tile-open"), card.querySelector(".tile-more"), ...this.#addsAround()];
    for (const element of parts) if (element) element.tabIndex = 0;
    const item = card.closest(".item");
    for (const element of item?.querySelectorAll(":scope > .branches > .branch > .branch-label, :scope > .folded") ?? []) element.tabIndex = 0;
  }

  #addsAround() {
    if (this.#current === TRIGGER) return [this.canvas.slotAt("", 0)?.querySelector(".add")];
    const found = find(this.store.definition, this.#current);
    if (!found) return [];
    const { lane, index } = found;
    return [index, index + 1].map((at) => this.canvas.slotAt(lane, at)?.querySelector(".add"));
  }

  #focused(event) {
    const key = event.target.closest(".tile")?.dataset.key;
    if (!key || key === this.#current) return;
    this.#current = key;
    this.refresh();
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const key = event.target.closest(".tile")?.dataset.key;
    if (!key) return;
    const next = this.#next(key, event.key);
    if (next === undefined) return;
    event.preventDefault();
    if (next) this.commands.focusCard(next);
  }

  /** The card that a key leads to; null at the end, undefined for other keys. */
  #next(key, pressed) {
    const all = this.canvas.cards().map((card) => card.dataset.key);
    const at = all.indexOf(key);
    switch (pressed) {
      case "ArrowDown":
        return all[at + 1] ?? null;
      case "ArrowUp":
        return all[at - 1] ?? null;
      case "Home":
        return all[0];
      case "End":
        return all.at(-1);
      case "ArrowLeft":
        return this.#beside(key, -1);
      case "ArrowRight":
        return this.#beside(key, 1);
      default:
        return undefined;
    }
  }

  /** The first step of the path beside; from the paths step itself, into its first or last path. */
  #beside(key, by) {
    const { definition } = this.store;
    const found = key === TRIGGER ? null : find(definition, key);
    if (!found) return null;
    if (found.step.branches) {
      const filled = found.step.branches.filter((branch) => branch.steps.length);
      return filled.at(by > 0 ? -1 : 0)?.steps[0].key ?? null;
    }
    const [owner, branchKey] = found.lane.split("/");
    if (!branchKey) return found.lane && by < 0 ? owner : null;
    const { branches } = find(definition, owner).step;
    const from = branches.findIndex((branch) => branch.key === branchKey);
    for (let index = from + by; index >= 0 && index < branches.length; index += by) {
      const steps = stepsOf(definition, `${owner}/${branches[index].key}`);
      if (steps.length) return steps[Math.min(found.index, steps.length - 1)].key;
    }
    return by < 0 ? owner : null;
  }

  #click(event) {
    const { target } = event;
    const add = target.closest("[data-add]");
    if (add) {
      const { lane, index } = add.closest(".slot").dataset;
      this.commands.addAt({ lane, index: Number(index) });
      return;
    }
    const unfold = target.closest("[data-unfold]");
    if (unfold) return this.commands.setFolded(unfold.dataset.unfold, false);
    const branch = target.closest("[data-branch]");
    if (branch) {
      this.panel.openBranch = Number(branch.dataset.branch);
      this.store.select(branch.dataset.owner, { tab: "configure", field: `/branches/${branch.dataset.branch}/title` });
      return;
    }
    const card = target.closest(".tile");
    if (!card) return;
    const { key } = card.dataset;
    if (target.closest(".tile-more")) return this.commands.menuFor(key);
    if (target.closest(".tile-open")) this.#open(key, event);
  }

  /** Enter and Space move on into the panel, a click stays on the canvas. */
  #open(key, event) {
    this.store.select(key);
    if (event.detail === 0) this.panel.focus();
    else this.viewport.reveal(this.canvas.card(key));
  }

  #contextMenu(event) {
    const card = event.target.closest(".tile");
    if (!card) return;
    event.preventDefault();
    const { clientX: x, clientY: y } = event;
    this.commands.menuFor(card.dataset.key, { left: x, right: x, top: y, bottom: y });
  }
}
