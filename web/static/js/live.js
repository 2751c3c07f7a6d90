// Parts marked data-live="<topic>" are fetched again when the server says that something has changed: one stream for
// each page, open only while somebody looks at it, since browsers allow few connections to one server. Where there
// is no stream (a proxy that holds it back, too many pages), they ask from time to time instead.
// The server answers 204 when nothing has changed, so nothing flickers; what the reader has opened stays open.
const SECOND_MS = 1000;
const WITHOUT_STREAM_MS = 5000;
const AT_MOST_EVERY_MS = 700;

const remembered = new WeakMap();
const part = () => document.querySelector("[data-live]");
let stream = null;
let waiting = false;
let fetchedAt = 0;

// Nobody wants a menu, a selection, a pressed button or a half-made decision to vanish from under the cursor.
const BUSY =
  ".menu[open], dialog[open], [data-live] :is(:active, :popover-open), [data-live] input[name=ids]:checked";

function refresh() {
  if (document.visibilityState !== "visible") return; // the stream says it again as soon as somebody looks
  const pause = Number(part()?.dataset.livePause || 0) * SECOND_MS || AT_MOST_EVERY_MS;
  const rest = fetchedAt + pause - Date.now();
  if (rest <= 0 && !document.querySelector(BUSY)) {
    waiting = false;
    fetchedAt = Date.now();
    if (part()) htmx.trigger(part(), "tick");
  } else if (!waiting) {
    waiting = true;
    setTimeout(() => {
      waiting = false;
      refresh();
    }, Math.max(rest, 200));
  }
}

function open() {
  if (stream || !part() || document.visibilityState !== "visible") return;
  stream = new EventSource(`/live/${part().dataset.live}`);
  stream.addEventListener("changed", refresh);
}

function close() {
  stream?.close();
  stream = null;
}

function watchStream() {
  open();
  document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? open() : close()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  setInterval(() => {
    if (stream?.readyState !== EventSource.OPEN) refresh();
  }, WITHOUT_STREAM_MS);
}

function openParts(element) {
  return [...element.querySelectorAll("details[id]")].map((one) => [one.id, one.open]);
}

function keepOpen() {
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target) remembered.set(detail.target, openParts(detail.target));
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    for (const [id, wasOpen] of remembered.get(detail.target) || []) {
      const one = document.getElementById(id);
      if (one) one.open = wasOpen;
    }
  });
}

export function watchLive() {
  keepOpen();
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt.matches("[data-live]")) detail.headers["X-Seen"] = detail.target.dataset.seen || "";
  });
  // News that was asked for before somebody ticked a box or opened a menu waits like any other.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.shouldSwap || !detail.requestConfig.elt.matches("[data-live]") || !document.querySelector(BUSY)) return;
    detail.shouldSwap = false;
    refresh();
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const seen = detail.xhr?.getResponseHeader("X-Seen");
    if (seen) detail.target.dataset.seen = seen;
    // What has come to its end has no more news.
    if (document.querySelector("[data-live] [data-over]")) {
      part().removeAttribute("data-live");
      close();
    } else {
      open();
    }
  });
  // The network going away must not fill the corner with messages: a live part just tries again.
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.elt.matches("[data-live]")) event.stopImmediatePropagation();
  });
  watchStream();
}
