// Short messages in the corner, with something one can do about them.
import { h, icon } from "./dom.js";

const CALM_MS = 7000;
const GLYPHS = { good: "circle-check", bad: "circle-x", info: "info" };

/** `action` is the text of a button that calls `run`. A failure stays until it is dismissed. */
export function toast(message, { tone = "info", action = "", run = null } = {}) {
  const act = () => {
    item.remove();
    run();
  };
  const item = h(
    "div",
    { class: `toast tone-${tone}`, role: tone === "bad" ? "alert" : "status" },
    icon(GLYPHS[tone]),
    h("p", {}, message),
    action ? h("button", { type: "button", class: "button small", onclick: act }, action) : null,
    h("button", { type: "button", class: "close", "aria-label": "Dismiss", onclick: () => item.remove() }, icon("x")),
  );
  const area = document.getElementById("toasts");
  while (area.children.length > 2) area.firstElementChild.remove();
  area.append(item);
  if (tone !== "bad") setTimeout(() => item.remove(), CALM_MS);
  return item;
}

/** A message about the last change, with a button that undoes it. The message leaves when there is a newer one. */
export function undoToast(store, message) {
  const end = store.on("definition", () => {
    end();
    item.remove();
  });
  const item = toast(message, { action: "Undo", run: () => store.undo() });
}
