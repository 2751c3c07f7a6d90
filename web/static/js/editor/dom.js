// Makes elements. Text is always text: markup in data is never read as markup.
let sprite = "";

export const useSprite = (url) => {
  sprite = url;
};

const IS_PROPERTY = new Set(["value", "checked", "selected", "disabled", "hidden", "readOnly", "multiple"]);

/** `attributes`: names as in HTML; `on…` are listeners, `dataset` and `style` are objects, false leaves one out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") setData(element, value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (IS_PROPERTY.has(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...flat(children));
  return element;
}

function setData(element, values) {
  for (const [name, value] of Object.entries(values)) if (value !== null && value !== undefined) element.dataset[name] = value;
}

const flat = (children) => children.flat(3).filter((child) => child !== null && child !== undefined && child !== false);

export function icon(name, kind = "") {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("class", `icon${kind ? ` ${kind}` : ""}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(namespace, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

/** The icon of an app, else a glyph in a tone. */
export function appIcon({ connector, glyph, tone }, size = "") {
  if (connector) {
    const image = h("img", { src: `/connectors/${connector}/icon.svg`, alt: "", width: 20, height: 20 });
    return h("span", { class: `app-icon ${size}` }, image);
  }
  return h("span", { class: `app-icon glyph ${size} tone-${tone}` }, icon(glyph));
}

/** A button with an icon; without `text`, `label` is its name and hint. */
export function button({ text = "", glyph = "", label = "", kind = "", ...rest }) {
  const named = text && !label ? {} : { "aria-label": label, title: rest.title ?? label };
  return h(
    "button",
    { type: "button", class: `button ${kind}`, ...named, ...rest },
    glyph ? icon(glyph) : null,
    text,
  );
}

/** Puts `wanted` into `parent` in order, moving and removing as little as possible, so that focus survives. */
export function reconcile(parent, wanted) {
  let at = parent.firstChild;
  for (const element of wanted) {
    if (element === at) at = at.nextSibling;
    else parent.insertBefore(element, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

let counter = 0;

/** An id that nothing else on the page has. */
export const newId = (prefix = "e") => {
  counter += 1;
  return `${prefix}-${counter}`;
};

export const isTyping = (element) =>
  Boolean(element?.closest?.("input, textarea, select, [contenteditable]:not([contenteditable=false])"));

export function debounce(run, milliseconds) {
  let timer = 0;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), milliseconds);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** Says something to people who cannot see it. */
export function announce(text) {
  const area = document.getElementById("editor-announcements");
  if (area) area.textContent = text;
}
