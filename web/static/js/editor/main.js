// Puts the editor together: each part gets what it needs.
import { Api } from "./api.js";
import { Autosave } from "./autosave.js";
import { Bar } from "./bar.js";
import { Canvas } from "./canvas.js";
import { Clipboard } from "./clipboard.js";
import { Commands } from "./commands.js";
import { Dialogs } from "./dialogs.js";
import { find } from "./document.js";
import { useSprite } from "./dom.js";
import { Drag } from "./drag.js";
import { bindings, watchKeys } from "./keys.js";
import { Minimap } from "./minimap.js";
import { Navigation } from "./navigation.js";
import { Palette } from "./palette.js";
import { Panel } from "./panel.js";
import { Picker } from "./picker.js";
import { Samples } from "./samples.js";
import { Store, TRIGGER } from "./store.js";
import { toast } from "./toast.js";
import { Viewport } from "./viewport.js";

const root = document.getElementById("editor");
useSprite(root.dataset.icons);
const store = new Store(JSON.parse(document.getElementById("editor-state").textContent));
const api = new Api(root.dataset.base, root.dataset.csrf);
const surface = root.querySelector(".surface");
const world = root.querySelector(".world");

const collapsed = new Set(remembered());
const viewport = new Viewport(surface, world);
const canvas = new Canvas(world, store, collapsed);
const samples = new Samples(store, api);
const picker = new Picker(store, api);
const parts = { root, surface, store, api, samples, picker, canvas, viewport, collapsed, toast };
const panel = new Panel(root.querySelector(".panel"), parts);
const commands = new Commands({ ...parts, panel });
const dialogs = new Dialogs({ ...parts, commands });
const clipboard = new Clipboard({ ...parts, commands });
const palette = new Palette({ store, commands, picker }, entries);
const autosave = new Autosave(store, api, {
  onState: (state, message) => bar.showSaved(state, message),
  onConflict: (theirs) => dialogs.conflict(theirs),
});
autosave.onNewer = (theirs) => dialogs.newer(theirs);
Object.assign(panel, { commands, autosave });
Object.assign(commands, { clipboard, dialogs, autosave });
dialogs.autosave = autosave;

canvas.draw();
viewport.measure();
store.on("definition", () => viewport.measure());
new Navigation({ ...parts, commands, panel });
new Drag(surface, canvas, store, viewport);
const minimap = new Minimap(root.querySelector(".minimap"), surface, world, viewport);
const bar = new Bar({ ...parts, commands, dialogs, autosave, palette });
const keys = bindings({ commands, dialogs, clipboard, viewport, autosave, panel, palette });
dialogs.bindings = keys;
watchKeys(keys);
for (const event of ["definition", "selection", "standing"]) store.on(event, () => minimap.refresh());
store.on("selection", showInAddress);
commands.rememberFolds = () => localStorage.setItem(foldKey(), JSON.stringify([...collapsed]));

viewport.centre();
openFromAddress();
samples.load().catch(() => {});
root.dataset.ready = Math.round(performance.now());

/** Commands for the palette, about the step `key` if there is one, with the keys that do the same. */
function entries(key) {
  const step = key && find(store.definition, key)?.step;
  const of = step ? ` “${commands.title(step)}”` : "";
  const always = [
    { title: "Add a step", glyph: "plus", keys: "A", run: () => commands.addAfter() },
    { title: "Undo", glyph: "undo-2", keys: "Mod+Z", run: () => commands.undo() },
    { title: "Do again", glyph: "redo-2", keys: "Mod+Shift+Z", run: () => commands.redo() },
    { title: "Publish", glyph: "upload", run: () => dialogs.publish() },
    { title: "Next problem", glyph: "triangle-alert", keys: "F8", run: () => commands.nextProblem() },
    { title: "History of versions", glyph: "history", run: () => dialogs.versions() },
    { title: store.standing.enabled ? "Switch the workflow off" : "Switch the workflow on", glyph: "power", run: () => dialogs.switchOn(!store.standing.enabled) },
    { title: "Settings of this workflow", glyph: "settings", run: () => store.select("@settings") },
    { title: "Choose another trigger", glyph: "zap", run: () => commands.goTo(TRIGGER, { tab: "setup", field: "/operation" }) },
    { title: "Everything in view", glyph: "maximize", keys: "1", run: () => viewport.fit() },
    { title: "Original size", glyph: "search", keys: "0", run: () => viewport.setZoom(1) },
    { title: "Fold all paths and loops", glyph: "chevron-up", run: () => commands.foldAll(true) },
    { title: "Unfold all", glyph: "chevron-down", run: () => commands.foldAll(false) },
    ...bar.places,
    { title: "Keys", glyph: "circle-question-mark", keys: "?", run: () => dialogs.help() },
  ];
  if (!step) return always;
  const on = (run) => () => {
    commands.acting = step.key;
    run();
    commands.acting = null;
  };
  return [
    { title: `Test${of}`, glyph: "flask-conical", run: () => commands.goTo(step.key, { tab: "test" }) },
    { title: `Rename${of}`, glyph: "pencil", keys: "F2", run: () => commands.goTo(step.key, { tab: "setup", field: "/title" }) },
    { title: `Duplicate${of}`, glyph: "copy-plus", keys: "Mod+D", run: on(() => commands.duplicate()) },
    { title: `Delete${of}`, glyph: "trash-2", keys: "Delete", run: on(() => commands.remove()) },
    ...always,
  ];
}

function foldKey() {
  return `stepline.folded.${store.standing.id}`;
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(foldKey())) ?? [];
  } catch {
    return [];
  }
}

function showInAddress() {
  const { selection } = store;
  const query = selection ? `?step=${encodeURIComponent(selection)}` : "";
  history.replaceState(null, "", location.pathname + query);
}

/** `?step=key` opens a step; a workflow without steps opens its trigger, where work begins. */
function openFromAddress() {
  const wanted = new URLSearchParams(location.search).get("step");
  const isNew = !store.definition.steps.length && !store.standing.live_number && matchMedia("(min-width: 48rem)").matches;
  if (wanted) commands.goTo(wanted);
  else if (isNew) commands.goTo(TRIGGER, { tab: "setup" });
}
