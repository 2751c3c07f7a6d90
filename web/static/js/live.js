// Parts marked data-live ask for news while somebody looks at the page: every second, or every data-live="5"
// seconds. The server answers 204 when nothing
// has changed, so nothing flickers; what the reader has opened stays open.
const SECOND_MS = 1000;

const remembered = new WeakMap();

function openParts(element) {
  return [...element.querySelectorAll("details[id]")].map((part) => [part.id, part.open]);
}

export function watchLive() {
  let seconds = 0;
  setInterval(() => {
    seconds += 1;
    if (document.visibilityState !== "visible" || document.querySelector(".menu[open]")) return;
    for (const part of document.querySelectorAll("[data-live]")) {
      if (seconds % Number(part.dataset.live || 1) === 0) htmx.trigger(part, "tick");
    }
  }, SECOND_MS);
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt.matches("[data-live]")) detail.headers["X-Seen"] = detail.target.dataset.seen || "";
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const seen = detail.xhr && detail.xhr.getResponseHeader("X-Seen");
    if (seen && detail.target) detail.target.dataset.seen = seen;
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target) remembered.set(detail.target, openParts(detail.target));
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    for (const [id, open] of remembered.get(detail.target) || []) {
      const part = document.getElementById(id);
      if (part) part.open = open;
    }
  });
  // The network going away must not fill the corner with messages: a live part just tries again.
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.elt.matches("[data-live]")) event.stopImmediatePropagation();
  });
}
