// Small comforts on top of pages that work without any of this.
import { watchCharts } from "./charts.js";
import { watchCopying } from "./copying.js";
import { centreDrawings, watchInserting } from "./inserting.js";
import { watchLive } from "./live.js";
import { watchMenus } from "./menus.js";
import { watchSelecting } from "./selecting.js";
import { watchToasts } from "./toasts.js";
import { localTimes } from "./times.js";

document.documentElement.classList.add("js");
watchCopying();
watchCharts();
watchMenus();
watchLive();
watchToasts();
watchSelecting();
localTimes();
watchInserting();
centreDrawings();

// "/" puts the cursor into the page's search field.
document.addEventListener("keydown", (event) => {
  const field = document.querySelector("[data-search]");
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && field && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    field.focus();
    field.select();
  }
});

// Selects that filter a list apply themselves; without JavaScript the form's button does.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
});

// One-time sign-in links go on by themselves, but only for somebody who really looks at the page:
// link scanners run no scripts, and a prerendered page is not shown yet.
const waiting = document.querySelector("form[data-submit-when-seen]");
if (waiting) {
  const submit = () => waiting.requestSubmit();
  if (document.prerendering) document.addEventListener("prerenderingchange", submit, { once: true });
  else submit();
}
