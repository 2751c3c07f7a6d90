// Under the fields of a trigger that runs by the clock: when it starts next.
import { debounce, h, icon } from "./dom.js";

export function nextTimes(panel) {
  const list = h("ol", { class: "plain small" });
  const title = h("strong", { class: "small" });
  const box = h("div", { class: "help-box next-times", hidden: true, "aria-live": "polite" }, icon("calendar-clock"), h("div", {}, title, list));
  const ask = async () => {
    const { operation, input } = panel.holder;
    const { times, zone } = await panel.api.post("/times", { operation, input: input ?? {} }).catch(() => ({ times: [] }));
    title.textContent = `Starts next (${zone})`;
    list.replaceChildren(...times.map((time) => h("li", {}, time)));
    box.hidden = !times.length;
  };
  const later = debounce(() => (box.isConnected ? ask() : end()), 250);
  const end = panel.store.on("definition", later);
  ask();
  return box;
}
