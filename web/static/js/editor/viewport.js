// Panning and zooming. The surface scrolls natively, so wheel, touch and keyboard work as everywhere; zooming
// scales the world inside a frame that has its scaled size, so that nothing is laid out anew.
const LEAST = 0.25;
const MOST = 1.5;

export class Viewport {
  #zoom = 1;
  #listeners = [];

  /** `world` stands in a frame of its own inside `surface`. */
  constructor(surface, world) {
    this.surface = surface;
    this.world = world;
    this.frame = world.parentElement;
    new ResizeObserver(() => this.measure()).observe(world);
    surface.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    surface.addEventListener("pointerdown", (event) => this.#pan(event));
    surface.addEventListener("scroll", () => this.#moved(), { passive: true });
  }

  get zoom() {
    return this.#zoom;
  }

  onMove(listener) {
    this.#listeners.push(listener);
  }

  #moved() {
    for (const listener of this.#listeners) listener();
  }

  /** Scales the world; the point `at` (client coordinates, by default the middle) stays where it is. */
  setZoom(zoom, at = null) {
    const next = Math.min(MOST, Math.max(LEAST, Math.round(zoom * 100) / 100));
    if (next === this.#zoom) return;
    const box = this.surface.getBoundingClientRect();
    const x = (at?.x ?? box.left + box.width / 2) - box.left;
    const y = (at?.y ?? box.top + box.height / 2) - box.top;
    const before = this.#inWorld(x, y);
    this.#zoom = next;
    this.world.style.setProperty("transform", next === 1 ? "none" : `scale(${next})`);
    this.measure();
    const after = this.#inWorld(x, y);
    this.surface.scrollLeft += (before.x - after.x) * next;
    this.surface.scrollTop += (before.y - after.y) * next;
    this.#moved();
  }

  /** Gives the frame the size that the world has on the screen. */
  measure() {
    this.frame.style.setProperty("width", `${this.world.offsetWidth * this.#zoom}px`);
    this.frame.style.setProperty("height", `${this.world.offsetHeight * this.#zoom}px`);
  }

  /** A point of the surface in the unscaled coordinates of the world. */
  #inWorld(x, y) {
    const surface = this.surface.getBoundingClientRect();
    const world = this.world.getBoundingClientRect();
    return { x: (surface.left + x - world.left) / this.#zoom, y: (surface.top + y - world.top) / this.#zoom };
  }

  zoomBy(factor) {
    this.setZoom(this.#zoom * factor);
  }

  /** The whole workflow in view, as far as it stays readable. */
  fit() {
    const box = this.surface.getBoundingClientRect();
    const world = this.world.getBoundingClientRect();
    const wide = (box.width - 32) / (world.width / this.#zoom);
    const high = (box.height - 32) / (world.height / this.#zoom);
    this.setZoom(Math.min(1, wide, high));
    this.centre();
  }

  /** The beginning of the workflow at the top of the view. */
  centre() {
    const surface = this.surface.getBoundingClientRect();
    const world = this.world.getBoundingClientRect();
    this.surface.scrollLeft += world.left + world.width / 2 - (surface.left + surface.width / 2);
    this.surface.scrollTop += world.top - surface.top - 24;
  }

  /** Brings an element into view with room around it; does nothing while it is well in view. */
  reveal(element, smooth = true) {
    const box = this.surface.getBoundingClientRect();
    const own = element.getBoundingClientRect();
    const room = 48;
    const shift = (start, end, from, to) => {
      if (end - start > to - from - 2 * room) return start - from - room;
      if (start < from + room) return start - from - room;
      return end > to - room ? end - to + room : 0;
    };
    const left = shift(own.left, own.right, box.left, box.right);
    const top = shift(own.top, own.bottom, box.top, box.bottom);
    if (left || top) this.surface.scrollBy({ left, top, behavior: smooth && !still() ? "smooth" : "instant" });
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const step = event.deltaMode === 0 ? event.deltaY / 300 : event.deltaY / 12;
    this.setZoom(this.#zoom * Math.exp(-step), { x: event.clientX, y: event.clientY });
  }

  /** The background is pulled with the left button, everything with the middle one. Touch scrolls natively. */
  #pan(event) {
    const onBackground = !event.target.closest(".tile, button, input, a");
    if (event.pointerType === "touch" || !(event.button === 1 || (event.button === 0 && onBackground))) return;
    event.preventDefault();
    const { surface } = this;
    surface.setPointerCapture(event.pointerId);
    surface.classList.add("panning");
    const move = (moved) => surface.scrollBy({ left: -moved.movementX, top: -moved.movementY, behavior: "instant" });
    const end = () => {
      surface.classList.remove("panning");
      surface.removeEventListener("pointermove", move);
    };
    surface.addEventListener("pointermove", move);
    surface.addEventListener("lostpointercapture", end, { once: true });
  }
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
