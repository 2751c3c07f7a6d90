// Boxes in front of rows: all at once, a range with the shift key, and how many there are.
const boxes = () => [...document.querySelectorAll("input.box[name=ids]")];
let last = null;

function tell() {
  const ticked = boxes().filter((box) => box.checked).length;
  for (const count of document.querySelectorAll("[data-selected]")) count.textContent = `${ticked} selected`;
  for (const all of document.querySelectorAll("[data-select-all]")) {
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && ticked < boxes().length;
  }
}

function fill(from, to) {
  const all = boxes();
  const [start, end] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
  for (const box of all.slice(start, end + 1)) box.checked = to.checked;
}

export function watchSelecting() {
  document.addEventListener("click", ({ target, shiftKey }) => {
    if (!target.matches("input.box[name=ids]")) return;
    if (shiftKey && last?.isConnected) fill(last, target);
    last = target;
    tell();
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-select-all]")) for (const box of boxes()) box.checked = target.checked;
    tell();
  });
  document.addEventListener("reset", () => setTimeout(tell));
  document.addEventListener("htmx:afterSwap", tell);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !document.querySelector("input.box[name=ids]:checked")) return;
    if (document.querySelector(".menu[open], dialog[open], :popover-open")) return;
    for (const box of boxes()) box.checked = false;
    tell();
  });
  tell();
}
