// Dragging a card to another place. The cards stay where they are; a copy follows the pointer and the nearest
// place lights up.
import { find, isInside, move } from "./document.js";
import { h } from "./dom.js";
import { TRIGGER } from "./store.js";

const START_PX = 6;
const HOLD_MS = 350;
const EDGE_PX = 56;
const FASTEST_PX = 22;

export class Drag {
  #state = null;

  constructor(surface, canvas, store, viewport) {
    Object.assign(this, { surface, canvas, store, viewport });
    surface.addEventListener("pointerdown", (event) => this.#press(event));
    surface.addEventListener("click", (event) => this.#swallow(event), true);
    surface.addEventListener("touchmove", (event) => this.#state?.ghost && event.preventDefault(), { passive: false });
  }

  #press(event) {
    const open = event.target.closest(".tile-open");
    const card = open?.closest(".tile");
    if (!card || card.dataset.key === TRIGGER || event.button !== 0 || this.#state) return;
    this.#state = { card, key: card.dataset.key, id: event.pointerId, x: event.clientX, y: event.clientY };
    if (event.pointerType === "touch") this.#state.hold = setTimeout(() => this.#begin(), HOLD_MS);
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    window.addEventListener("pointermove", (moved) => this.#move(moved), { signal });
    window.addEventListener("pointerup", () => this.#drop(), { signal });
    window.addEventListener("pointercancel", () => this.#end(), { signal });
    window.addEventListener("keydown", (pressed) => this.#escape(pressed), { signal, capture: true });
  }

  #move(event) {
    const state = this.#state;
    if (!state || event.pointerId !== state.id) return;
    const far = Math.hypot(event.clientX - state.x, event.clientY - state.y) > START_PX;
    if (!state.ghost) {
      if (!far) return;
      if (state.hold) return this.#end(); // a finger that moves before the hold scrolls
      this.#begin();
    }
    state.at = { x: event.clientX, y: event.clientY };
    this.#follow();
  }

  #begin() {
    const state = this.#state;
    const { step } = find(this.store.definition, state.key);
    const box = state.card.getBoundingClientRect();
    state.hold = null;
    state.at ??= { x: state.x, y: state.y };
    state.offset = { x: state.x - box.left, y: state.y - box.top };
    const copy = state.card.cloneNode(true);
    copy.style.setProperty("zoom", String(this.viewport.zoom));
    state.ghost = h("div", { class: "ghost", "aria-hidden": "true", inert: true }, copy);
    document.body.append(state.ghost);
    state.card.closest(".item").classList.add("dragged");
    this.surface.classList.add("dragging");
    const left = this.surface.scrollLeft;
    const top = this.surface.scrollTop;
    state.places = [...this.surface.querySelectorAll(".slot")]
      .filter((slot) => !isInside(step, slot.dataset.lane))
      .map((slot) => {
        const own = slot.getBoundingClientRect();
        return { slot, x: own.left + own.width / 2 + left, y: own.top + own.height / 2 + top };
      });
    state.frame = requestAnimationFrame(() => this.#scrollAtEdges());
    this.#follow();
  }

  #follow() {
    const { ghost, at, offset } = this.#state;
    ghost.style.setProperty("transform", `translate(${at.x - offset.x}px, ${at.y - offset.y}px) rotate(1.2deg)`);
    this.#aim();
  }

  /** Lights up the place nearest to the pointer. */
  #aim() {
    const state = this.#state;
    const x = state.at.x + this.surface.scrollLeft;
    const y = state.at.y + this.surface.scrollTop;
    let best = null;
    let least = Infinity;
    for (const place of state.places) {
      const away = Math.hypot(place.x - x, (place.y - y) * 1.4);
      if (away < least) [best, least] = [place, away];
    }
    const box = this.surface.getBoundingClientRect();
    const outside = state.at.x < box.left || state.at.x > box.right || state.at.y < box.top || state.at.y > box.bottom;
    const slot = outside ? null : best?.slot;
    if (slot === state.slot) return;
    state.slot?.classList.remove("target");
    slot?.classList.add("target");
    state.slot = slot;
  }

  #scrollAtEdges() {
    const state = this.#state;
    if (!state?.ghost) return;
    const box = this.surface.getBoundingClientRect();
    const pull = (at, from, to) => {
      if (at < from + EDGE_PX) return -FASTEST_PX * Math.min(1, (from + EDGE_PX - at) / EDGE_PX);
      return at > to - EDGE_PX ? FASTEST_PX * Math.min(1, (at - to + EDGE_PX) / EDGE_PX) : 0;
    };
    const left = pull(state.at.x, box.left, box.right);
    const top = pull(state.at.y, box.top, box.bottom);
    if (left || top) {
      this.surface.scrollBy({ left, top, behavior: "instant" });
      this.#aim();
    }
    state.frame = requestAnimationFrame(() => this.#scrollAtEdges());
  }

  #drop() {
    const state = this.#state;
    const slot = state?.ghost && state.slot;
    if (state?.ghost) this.justDropped = true;
    this.#end();
    if (!slot) return;
    const { lane, index } = slot.dataset;
    const moved = move(this.store.definition, state.key, lane, Number(index));
    this.store.change(`Move “${state.card.dataset.title}”`, moved);
  }

  #escape(event) {
    if (event.key !== "Escape" || !this.#state?.ghost) return;
    event.preventDefault();
    event.stopPropagation();
    this.justDropped = true;
    this.#end();
  }

  #end() {
    const state = this.#state;
    if (!state) return;
    clearTimeout(state.hold);
    cancelAnimationFrame(state.frame);
    state.ghost?.remove();
    state.slot?.classList.remove("target");
    state.card.closest(".item")?.classList.remove("dragged");
    this.surface.classList.remove("dragging");
    this.listeners.abort();
    this.#state = null;
    setTimeout(() => (this.justDropped = false), 50);
  }

  /** The click that ends a drag opens nothing. */
  #swallow(event) {
    if (!this.justDropped) return;
    event.preventDefault();
    event.stopPropagation();
    this.justDropped = false;
  }
}
