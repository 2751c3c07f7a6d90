// The whole workflow in small, for those that do not fit the view. Click or pull to go there.
const WIDTH = 168;
const HEIGHT = 132;

export class Minimap {
  /** `element` is a <canvas>; it shows itself only while there is more than fits. */
  constructor(element, surface, world, viewport) {
    Object.assign(this, { element, surface, world });
    this.pending = false;
    viewport.onMove(() => this.refresh());
    new ResizeObserver(() => this.refresh()).observe(world);
    new ResizeObserver(() => this.refresh()).observe(surface);
    element.addEventListener("pointerdown", (event) => this.#pull(event));
  }

  refresh() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.#draw();
    });
  }

  #draw() {
    const { element } = this;
    const world = this.world.getBoundingClientRect();
    const view = this.surface.getBoundingClientRect();
    const fits = world.height <= view.height && world.width <= view.width;
    const many = this.world.querySelectorAll(".tile").length > 12;
    element.hidden = fits || !many || view.width < 520;
    if (element.hidden) return;
    this.scale = Math.min(WIDTH / world.width, HEIGHT / world.height);
    const wide = Math.max(40, Math.ceil(world.width * this.scale));
    const high = Math.ceil(world.height * this.scale);
    const ratio = window.devicePixelRatio || 1;
    element.width = wide * ratio;
    element.height = high * ratio;
    element.style.setProperty("width", `${wide}px`);
    element.style.setProperty("height", `${high}px`);
    const pen = element.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, (wide - world.width * this.scale) * ratio / 2, 0);
    const style = getComputedStyle(element);
    for (const tile of this.world.querySelectorAll(".tile")) {
      const box = tile.getBoundingClientRect();
      const marked = tile.classList.contains("bad") ? style.textDecorationColor : style.color;
      pen.fillStyle = tile.classList.contains("selected") ? style.caretColor : marked;
      pen.globalAlpha = 0.75;
      pen.fillRect((box.left - world.left) * this.scale, (box.top - world.top) * this.scale, Math.max(3, box.width * this.scale), Math.max(2, box.height * this.scale - 0.5));
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = style.caretColor;
    pen.lineWidth = 1.5;
    pen.strokeRect((view.left - world.left) * this.scale, (view.top - world.top) * this.scale, view.width * this.scale, view.height * this.scale);
  }

  #pull(event) {
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    const go = (moved) => {
      const own = this.element.getBoundingClientRect();
      const world = this.world.getBoundingClientRect();
      const view = this.surface.getBoundingClientRect();
      const inset = (own.width - world.width * this.scale) / 2;
      const left = world.left + (moved.clientX - own.left - inset) / this.scale - view.left - view.width / 2;
      const top = world.top + (moved.clientY - own.top) / this.scale - view.top - view.height / 2;
      this.surface.scrollBy({ left, top, behavior: "instant" });
    };
    go(event);
    this.element.addEventListener("pointermove", go);
    this.element.addEventListener("lostpointercapture", () => this.element.removeEventListener("pointermove", go), { once: true });
  }
}
