// Which keys do what. `keys` are as people write them; "Mod" is ⌘ on a Mac, Ctrl elsewhere.
import { isTyping } from "./dom.js";

export const isMac = /mac|iphone|ipad/i.test(navigator.platform ?? "");

/** Every command with its keys, in the order of the help. `where`: "" everywhere, "canvas" outside of fields. */
export function bindings({ commands, dialogs, clipboard, viewport, autosave, panel, palette }) {
  const canvas = (title, keys, run) => ({ group: "Steps", title, keys, run, where: "canvas" });
  const view = (title, keys, run) => ({ group: "View", title, keys, run, where: "canvas" });
  return [
    { group: "Everywhere", title: "Find anything", keys: ["Mod+K"], run: () => palette.open(), where: "" },
    { group: "Everywhere", title: "Find a step", keys: ["Mod+F"], run: () => palette.open("steps"), where: "" },
    { group: "Everywhere", title: "Undo", keys: ["Mod+Z"], run: () => commands.undo(), where: "" },
    { group: "Everywhere", title: "Do again", keys: ["Mod+Shift+Z", "Mod+Y"], run: () => commands.redo(), where: "" },
    { group: "Everywhere", title: "Store the draft now", keys: ["Mod+S"], run: () => autosave.flush().catch(() => {}), where: "" },
    { group: "Everywhere", title: "Next problem", keys: ["F8"], run: () => commands.nextProblem(), where: "" },
    { group: "Everywhere", title: "To the panel and back", keys: ["F6"], run: () => commands.switchArea(), where: "" },
    { group: "Everywhere", title: "This list", keys: ["?"], run: () => dialogs.help(), where: "canvas" },
    canvas("Open the step", ["Enter"], null),
    canvas("Add a step after it", ["A"], () => commands.addAfter()),
    canvas("Add a step before it", ["Shift+A"], () => commands.addBefore()),
    canvas("Rename", ["F2"], () => commands.rename()),
    canvas("Write a note", ["N"], () => commands.editNote()),
    canvas("Test the step", ["T"], () => commands.open("test")),
    canvas("Duplicate", ["Mod+D"], () => commands.duplicate()),
    { ...canvas("Copy, cut, paste", ["Mod+C", "Mod+X", "Mod+V"], null) },
    canvas("Delete", ["Delete", "Backspace"], () => commands.remove()),
    canvas("Move up or down", ["Alt+ArrowUp"], () => commands.move("up")),
    { ...canvas("", ["Alt+ArrowDown"], () => commands.move("down")), with: "Move up or down" },
    canvas("Move out of or into a path or loop", ["Alt+ArrowLeft"], () => commands.move("out")),
    { ...canvas("", ["Alt+ArrowRight"], () => commands.move("in")), with: "Move out of or into a path or loop" },
    canvas("Fold or unfold", ["F"], () => commands.toggleFold()),
    canvas("Menu of the step", ["M", "ContextMenu", "Shift+F10"], () => commands.menuFor(commands.currentKey())),
    canvas("Go from step to step", ["↑", "↓", "←", "→", "Home", "End"], null),
    view("Larger, smaller", ["+"], () => viewport.zoomBy(1.15)),
    { ...view("", ["="], () => viewport.zoomBy(1.15)), hidden: true },
    { ...view("", ["-"], () => viewport.zoomBy(1 / 1.15)), with: "Larger, smaller" },
    view("Original size", ["0"], () => viewport.setZoom(1)),
    view("Everything in view", ["1"], () => viewport.fit()),
    { group: "View", title: "Leave the field, close the panel", keys: ["Escape"], run: () => panel.leave(), where: "" },
    { group: "In a field", title: "Choose data of earlier steps", keys: ["/", "Alt+ArrowDown"], run: null },
    { group: "In a field", title: "Menu of the pill beside the cursor", keys: ["Alt+ArrowDown"], run: null },
  ];
}

export function watchKeys(list) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const typing = isTyping(event.target);
    const dialog = document.querySelector("dialog[open]");
    for (const { keys, run, where } of list) {
      if (!run || dialog || (typing && where === "canvas")) continue;
      if (!keys.some((combination) => fits(event, combination))) continue;
      if (event.key === "Escape" && document.querySelector(".floating")) continue;
      event.preventDefault();
      run();
      return;
    }
  });
}

export function fits(event, combination) {
  const parts = combination.split("+").filter(Boolean);
  const name = combination.endsWith("+") ? "+" : parts.at(-1);
  const wants = (part) => parts.slice(0, -1).includes(part);
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const other = isMac ? event.ctrlKey : event.metaKey;
  if (mod !== wants("Mod") || other || event.altKey !== wants("Alt")) return false;
  const letter = /^[A-Z]$/.test(name);
  if (letter || name.length > 1) {
    if (event.shiftKey !== wants("Shift")) return false;
    return letter ? event.key.toLowerCase() === name.toLowerCase() : event.key === name;
  }
  return event.key === name;
}

const NAMES = { Mod: isMac ? "⌘" : "Ctrl", Alt: isMac ? "⌥" : "Alt", Shift: isMac ? "⇧" : "Shift", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", ContextMenu: "Menu", Delete: "Del" };

/** A combination as it stands on keys: ["Ctrl", "K"]. */
export const spoken = (combination) =>
  (combination.endsWith("+") ? ["+"] : combination.split("+")).map((part) => NAMES[part] ?? part);

export const hint = (combination) => spoken(combination).join(isMac ? "" : "+");
