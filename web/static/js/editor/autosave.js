// Keeps the draft stored: a moment after each change, never on top of somebody else's.
import { debounce } from "./dom.js";

const WAIT_MS = 500;
const RETRY_MS = [2000, 4000, 8000, 15000, 30000];
const KEEPALIVE_BYTES = 60_000;

export class Autosave {
  #saving = null;
  #sent = null;
  #attempt = 0;
  #timer = 0;
  #later = debounce(() => this.save(), WAIT_MS);

  /** `onState` gets saved | dirty | saving | offline | signed-out | refused | conflict, and a message; `onConflict(theirs)` is
   *  asked when the stored draft has changed. */
  constructor(store, api, { onState, onConflict }) {
    Object.assign(this, { store, api, onState, onConflict });
    this.state = "saved";
    store.on("definition", () => this.#changed());
    window.addEventListener("online", () => this.state === "offline" && this.save());
    window.addEventListener("focus", () => this.#again());
    document.addEventListener("visibilitychange", () => this.#visibility());
    window.addEventListener("pagehide", () => this.#lastChance());
    window.addEventListener("beforeunload", (event) => this.#leaving(event));
  }

  get isDirty() {
    return this.store.definition !== this.store.savedDefinition;
  }

  #set(state, message = "") {
    this.state = state;
    this.onState(state, message);
  }

  #changed() {
    if (this.state === "conflict") return;
    if (!this.isDirty) return this.#saving ? undefined : this.#set("saved");
    this.#set("dirty");
    this.#later();
  }

  /** Resolves when everything is stored; rejects when it cannot be. */
  async flush() {
    this.#later.cancel();
    if (this.state === "conflict") throw new Error("First decide about the other person's changes.");
    if (this.#saving) await this.#saving.catch(() => {});
    if (this.isDirty) await this.save();
    if (this.isDirty) throw new Error(this.message || "The draft could not be stored.");
  }

  save() {
    this.#saving ??= this.#put().finally(() => {
      this.#saving = null;
      if (this.isDirty && this.state === "saved") this.#changed();
    });
    return this.#saving;
  }

  async #put() {
    clearTimeout(this.#timer);
    if (!this.isDirty || this.state === "conflict") return;
    const body = this.#body();
    const { definition } = body;
    this.#sent = definition;
    this.#set("saving");
    try {
      const answer = await this.api.put("/draft", body, { keepalive: isSmall(body) });
      this.#attempt = 0;
      this.stored(definition, answer);
      this.#set("saved");
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The server has `definition` now, and says where the draft stands. */
  stored(definition, standing) {
    this.store.savedDefinition = definition;
    this.store.setStanding(standing);
  }

  #failed(error) {
    this.message = error.message;
    if (error.status === 409) {
      this.#set("conflict", error.message);
      this.onConflict(error.body);
    } else if (error.status === 0 || error.status >= 500 || error.status === 429) {
      this.#set("offline", error.message);
      this.#timer = setTimeout(() => this.save(), RETRY_MS[Math.min(this.#attempt, RETRY_MS.length - 1)]);
      this.#attempt += 1;
    } else this.#set(error.status === 401 ? "signed-out" : "refused", error.message);
  }

  /** What could not be stored may be possible once the person is back from elsewhere, such as from signing in. */
  #again() {
    if (this.isDirty && ["offline", "signed-out", "refused"].includes(this.state)) this.save();
  }

  /** Ends a conflict: `base` is what the server has, at its revision; whatever differs from it is stored next. */
  resolve(base, standing) {
    this.state = "dirty";
    this.stored(base, standing);
    this.#changed();
  }

  /** Somebody else may have worked while this tab was in the background. */
  async #visibility() {
    if (document.visibilityState === "hidden") {
      this.#later.cancel();
      if (this.isDirty) this.save();
      return;
    }
    this.#again();
    if (this.isDirty || this.state !== "saved") return;
    const theirs = await this.api.get(`/draft?seen=${this.store.standing.revision}`).catch(() => null);
    if (theirs && !this.isDirty && theirs.revision > this.store.standing.revision) this.onNewer?.(theirs);
  }

  #body() {
    return { definition: this.store.definition, revision: this.store.standing.revision };
  }

  #lastChance() {
    if (!this.isDirty || this.#saving || this.state === "conflict") return;
    const body = this.#body();
    if (isSmall(body)) this.api.put("/draft", body, { keepalive: true }).catch(() => {});
  }

  /** Asks before something is lost: what is on its way to the server, or can still be sent, is not. */
  #leaving(event) {
    if (!this.isDirty) return;
    const sent = this.#saving ? this.#sent === this.store.definition : this.state === "dirty";
    if (!sent || !isSmall(this.#body())) event.preventDefault();
  }
}

/** Whether the browser finishes sending it after the page is gone. */
const isSmall = (body) => new Blob([JSON.stringify(body)]).size < KEEPALIVE_BYTES;
