// Buttons with data-copy put its text on the clipboard and show a tick for a moment.
async function copy(button) {
  const text = button.dataset.copy;
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else copyByHand(text);
  const use = button.querySelector("use");
  const before = use.getAttribute("href");
  use.setAttribute("href", before.replace(/#.*/, "#check"));
  button.dataset.done = "";
  setTimeout(() => {
    use.setAttribute("href", before);
    delete button.dataset.done;
  }, 1600);
}

// The clipboard API exists only on https and localhost; self-hosted servers are often neither.
function copyByHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

export function watchCopying() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
}
