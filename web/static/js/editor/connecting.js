// Connecting an account without leaving the editor: the server's own form in a dialog.
import { openDialog } from "./menu.js";
import { h, icon } from "./dom.js";
import { ApiError } from "./api.js";

/** `done(connection, signIn)` is called when the app has let us in, or, where one signs in at the app's own page, before
 *  that: `signIn` is then where one does. */
export async function connectDialog(api, connector, done) {
  const { body, close } = openDialog(`Connect ${connector.name}`, { kind: "connect" });
  const path = `/connect/${connector.key}`;
  const fill = (html) => {
    body.innerHTML = html; // a form of our own server, with every value escaped there
    body.querySelector("form").addEventListener("submit", send);
    for (const link of body.querySelectorAll("[data-auth]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        show(`?auth=${encodeURIComponent(link.dataset.auth)}`);
      });
    }
    body.querySelector("[data-cancel]")?.addEventListener("click", close);
    (body.querySelector("[aria-invalid]") ?? body.querySelector(".input"))?.focus();
  };
  const show = async (query = "") => {
    try {
      fill(await api.get(path + query));
    } catch (error) {
      body.replaceChildren(h("p", { class: "field-error" }, error.message));
    }
  };
  const send = async (event) => {
    event.preventDefault();
    const form = event.target;
    const data = new FormData(form, event.submitter);
    for (const one of form.querySelectorAll("button")) one.disabled = true;
    event.submitter?.prepend(icon("loader-circle", "spin"));
    try {
      const { connection, sign_in: signIn } = await api.post(path, data);
      close();
      await done(connection, signIn);
    } catch (error) {
      if (error instanceof ApiError && error.status === 422 && typeof error.body === "string") {
        fill(error.body);
        keepSecrets(body, data);
      } else {
        for (const one of form.querySelectorAll("button")) one.disabled = false;
        form.prepend(h("p", { class: "field-error", role: "alert" }, error.message));
      }
    }
  };
  body.replaceChildren(h("span", { class: "skeleton" }), h("span", { class: "skeleton half" }));
  await show();
}

/** The server never sends secrets back; what was typed a moment ago need not be typed again. */
function keepSecrets(body, data) {
  for (const input of body.querySelectorAll("input[type=password]")) input.value ||= data.get(input.name) ?? "";
}
