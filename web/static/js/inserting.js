// Buttons with data-insert put their expression into the field where the cursor was last.
let field = null;

export function watchInserting() {
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("input.input, textarea.input")) field = event.target;
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button || !field || !field.isConnected) return;
    field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}

// Wide drawings start with their middle in view.
export function centreDrawings() {
  for (const surface of document.querySelectorAll("[data-center]")) {
    surface.scrollLeft = (surface.scrollWidth - surface.clientWidth) / 2;
  }
}
