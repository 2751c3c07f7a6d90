// Messages in the corner: flashes from the server, and what htmx could not do.
const CALM_MS = 6000;
const UNDO_MS = 20000;

export function toast(message) {
  const template = document.getElementById("toast-template");
  const item = template.content.firstElementChild.cloneNode(true);
  item.querySelector("p").textContent = message;
  document.getElementById("toasts").append(item);
}

export function watchToasts() {
  const area = document.getElementById("toasts");
  area.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) event.target.closest(".toast").remove();
  });
  // Good news leaves by itself, but not from under the cursor; a failure stays until it is dismissed.
  for (const item of area.querySelectorAll(".toast:not([role=alert])")) {
    const leave = () => (item.matches(":hover, :focus-within") ? setTimeout(leave, CALM_MS) : item.remove());
    setTimeout(leave, item.querySelector("form") ? UNDO_MS : CALM_MS);
  }
  document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    const plain = (xhr.getResponseHeader("content-type") || "").startsWith("text/plain");
    toast(plain && xhr.responseText ? xhr.responseText : `The server answered with error ${xhr.status}.`);
  });
  document.addEventListener("htmx:sendError", () => {
    toast("The server cannot be reached. Check your network, then try again.");
  });
}
