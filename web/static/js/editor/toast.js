// Short messages in the corner, with something one can do about them.
import { h, icon } from "./dom.js";

const CALM_MS = 7000;
const GLYPHS = { good: "circle-check", bad: "circle-x", info: "info" };

/** `action` is the text of a button that calls `run`, `link` {text, href} leads to another tab. A failure stays until it
 *  is dismissed; one that is `lasting` does not give way to newer messages either. */
export function toast(message, { tone = "info", action = "", run = null, link = null, lasting = false } = {}) {
  const act = () => {
    item.remove();
    run();
  };
  const item = h(
    "div",
    { class: `toast tone-${tone}`, dataset: { lasting: lasting || null }, role: tone === "bad" ? "alert" : "status" },
    icon(GLYPHS[tone]),
    h("p", {}, message),
    action ? h("button", { type: "button", class: "button small", onclick: act }, action) : null,
    link ? h("a", { class: "button small", href: link.href, target: "_blank", rel: "noopener" }, link.text) : null,
    h("button", { type: "button", class: "close", "aria-label": "Dismiss", onclick: () => item.remove() }, icon("x")),
  );
  const area = document.getElementById("toasts");
  const passing = [...area.children].filter((one) => !one.dataset.lasting);
  for (const old of passing.slice(0, -2)) old.remove();
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
