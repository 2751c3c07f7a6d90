// Menus are <details>, dialogs are <dialog>; this closes menus as people expect and fills in for
// browsers that do not know the command attribute yet.
const openMenus = () => document.querySelectorAll("details[data-menu][open]");

export function watchMenus() {
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    const dialog = event.target;
    if (dialog instanceof HTMLDialogElement && dialog.classList.contains("dialog")) dialog.close();
  });
  if (!("command" in HTMLButtonElement.prototype)) watchCommands();
}

function watchCommands() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!dialog) return;
    if (button.getAttribute("command") === "show-modal") dialog.showModal();
    else dialog.close();
  });
}
