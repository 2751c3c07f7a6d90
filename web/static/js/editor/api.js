// Requests to the server. Failures become ApiError, whose message can be shown as it is.
export class ApiError extends Error {
  constructor(message, status, body = null) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

const UNREACHABLE = "The server cannot be reached. Check your network.";

export class Api {
  /** `base` is the address of the editor's page, `csrf` the token of its forms. */
  constructor(base, csrf) {
    this.base = base;
    this.csrf = csrf;
    this.known = new Map();
  }

  async request(method, path, body, options = {}) {
    const headers = { "HX-Request": "true", "X-CSRFToken": this.csrf, Accept: "application/json" };
    const init = { method, headers, credentials: "same-origin", ...options };
    if (body instanceof FormData) init.body = new URLSearchParams(body);
    else if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    let response;
    try {
      response = await fetch(this.base + path, init);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(UNREACHABLE, 0);
    }
    return this.#read(response);
  }

  async #read(response) {
    if (response.headers.get("HX-Redirect")) {
      throw new ApiError("You are signed out. Sign in again in another tab; nothing here is lost.", 401);
    }
    if (response.status === 204) return null;
    const json = (response.headers.get("content-type") ?? "").includes("json");
    const content = json ? await response.json() : await response.text();
    if (response.ok) return content;
    const message = json ? content.message : (response.headers.get("content-type") ?? "").startsWith("text/plain") && content;
    throw new ApiError(message || `The server answered with error ${response.status}.`, response.status, content);
  }

  get = (path, options) => this.request("GET", path, undefined, options);
  post = (path, body, options) => this.request("POST", path, body, options);
  put = (path, body, options) => this.request("PUT", path, body, options);

  /** Operations in full by id, each asked for once. Unknown ones are absent. */
  async operations(ids) {
    const missing = [...new Set(ids)].filter((id) => id && !this.known.has(id));
    if (missing.length) {
      const query = new URLSearchParams(missing.map((id) => ["id", id]));
      const found = await this.get(`/operations?${query}`);
      for (const id of missing) this.known.set(id, found[id] ?? null);
    }
    return Object.fromEntries(ids.map((id) => [id, this.known.get(id) ?? null]));
  }

  /** An operation that was asked for before, else null. */
  operation(id) {
    return this.known.get(id) ?? null;
  }
}
