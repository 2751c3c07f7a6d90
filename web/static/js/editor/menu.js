// Menus and floating parts: placed beside what opened them, closed by Escape or a click elsewhere.
import { h, icon } from "./dom.js";

const ROOM = 8;
const GAP = 4;

/** Shows `element` beside `anchor` (an element or {left, top, right, bottom}) in the browser's top layer and keeps it
 *  there. Returns a function that closes it. `onClose` gets true when it was closed by Escape. `side`: below | field |
 *  left (of `edge`). What belongs to a field never covers it but gets lower; without room on the left, "left" is
 *  "field". */
export function float(element, anchor, { side = "below", edge = anchor, onClose = () => {}, keep = null } = {}) {
  element.popover = "manual";
  element.classList.add("floating");
  const host = anchor.closest?.("dialog[open]") ?? document.querySelector("main"); // in a landmark, for screen readers
  host.append(element);
  element.showPopover();
  let open = true;
  let placed = "";
  // Its anchor moves when something scrolls, when the window changes, and when anything before it grows.
  const follow = () => {
    if (!open) return;
    const look = () => [...Object.values(placeOf(anchor, edge)), element.offsetWidth, element.offsetHeight, innerWidth, innerHeight].join();
    if (anchor.isConnected !== false && look() !== placed) {
      position(element, placeOf(anchor, edge), side);
      placed = look();
    }
    requestAnimationFrame(follow);
  };
  follow();
  const controller = new AbortController();
  const { signal } = controller;
  const close = (byEscape = false) => {
    if (!open) return;
    open = false;
    controller.abort();
    element.remove();
    onClose(byEscape);
  };
  const outside = (event) => {
    const inside = element.contains(event.target) || keep?.contains(event.target);
    if (!inside && !event.target.closest?.(".floating")) close();
  };
  document.addEventListener("pointerdown", outside, { capture: true, signal });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close(true);
  });
  return close;
}

const boxOf = (anchor) => (anchor instanceof Element ? anchor.getBoundingClientRect() : anchor);

function placeOf(anchor, edge) {
  const { top, bottom } = boxOf(anchor);
  return { left: boxOf(edge).left, top, bottom };
}

function position(element, at, side) {
  element.style.removeProperty("max-height");
  const { width, height } = element.getBoundingClientRect();
  const beside = side === "left" && at.left - width >= 2 * ROOM;
  const below = innerHeight - ROOM - GAP - at.bottom;
  const above = at.top - GAP - ROOM;
  let top = beside ? at.top : at.bottom + GAP;
  if (!beside && height > below) {
    const room = side === "below" ? height : Math.max(below, above);
    if (above >= Math.min(height, room)) top = at.top - GAP - Math.min(height, room);
    if (height > room) element.style.setProperty("max-height", `${room}px`);
  }
  const used = Math.min(height, element.getBoundingClientRect().height);
  const left = beside ? at.left - width - ROOM : at.left;
  element.style.setProperty("left", `${Math.round(within(left, innerWidth - width))}px`);
  element.style.setProperty("top", `${Math.round(within(top, innerHeight - used))}px`);
}

const within = (at, most) => Math.max(ROOM, Math.min(at, most - ROOM));

/** A menu of {title, glyph, keys, run, danger, disabled} or "-". `anchor` is the element or point it belongs to. */
export function openMenu(anchor, entries, { label = "Actions", returnTo = document.activeElement } = {}) {
  const items = entries.map((entry) => (entry === "-" ? h("hr", { role: "separator" }) : item(entry)));
  const menu = h("div", { class: "menu-panel", role: "menu", "aria-label": label }, items);
  const buttons = items.filter((element) => element.matches("[role=menuitem]"));
  const close = float(menu, anchor, { onClose: () => returnTo?.isConnected && returnTo.focus({ preventScroll: true }) });
  buttons[0]?.focus();
  menu.addEventListener("keydown", (event) => rove(event, buttons));
  return close;

  function item({ title, glyph, keys = "", run, danger = false, disabled = false }) {
    const act = () => {
      close();
      run();
    };
    return h(
      "button",
      { type: "button", role: "menuitem", class: `menu-item${danger ? " danger" : ""}`, tabindex: -1, disabled, onclick: act },
      glyph ? icon(glyph) : null,
      h("span", { class: "grow" }, title),
      keys ? h("kbd", { "aria-hidden": "true" }, keys) : null,
    );
  }
}

/** Arrow keys, Home, End and first letters move among `buttons`. */
export function rove(event, buttons) {
  const enabled = buttons.filter((one) => !one.disabled);
  const at = enabled.indexOf(document.activeElement);
  const go = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: enabled.length - 1 }[event.key];
  if (go !== undefined) {
    event.preventDefault();
    enabled.at(go % enabled.length)?.focus();
    return;
  }
  if (event.key === "Tab") event.preventDefault();
  if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
  const letter = event.key.toLowerCase();
  const order = [...enabled.slice(at + 1), ...enabled.slice(0, at + 1)];
  order.find((one) => one.textContent.trim().toLowerCase().startsWith(letter))?.focus();
}

/** A dialog that is made for one use and removed when it closes. Returns {dialog, body, close}. */
export function openDialog(title, { wide = false, kind = "", onClose = () => {} } = {}) {
  const heading = h("h2", { id: "dialog-title" }, title);
  const close = () => dialog.close();
  const x = h("button", { type: "button", class: "button quiet small square", "aria-label": "Close", onclick: close }, icon("x"));
  const body = h("div", { class: "dialog-body" });
  const head = h("div", { class: "row even nowrap-row dialog-head" }, heading, x);
  const dialog = h("dialog", { class: `dialog ${wide ? "wide" : ""} ${kind}`, "aria-labelledby": "dialog-title" }, head, body);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    onClose();
  });
  dialog.showModal(); // the browser gives the focus back to where it was
  return { dialog, body, close };
}
