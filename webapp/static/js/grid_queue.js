// What a grid worker wrote and photographed, kept in IndexedDB until it is sent: used by the pages and by the service
// worker alike. Sent once: a lock lets one of them send at a time, and the server knows each by its client_id.
self.gridQueue = (() => {
  "use strict";
  const NAME = "minping-grid";
  const STORE = "deliveries";
  const TOKEN = "/grid/token";
  const channel = new BroadcastChannel(NAME);
  let opened = null;

  function base() {
    opened ??= new Promise((done, fail) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
    opened.catch(() => { opened = null; });
    return opened;
  }
  async function store(mode, work) {
    const held = await base();
    return new Promise((done, fail) => {
      const transaction = held.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      // Kept only once it is written.
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => fail(transaction.error);
    });
  }
  const tell = (what = {}) => channel.postMessage(what);
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  async function list(user) {
    const all = await store("readonly", (items) => items.getAll());
    return all.filter((item) => item.user === user).sort((a, b) => a.at - b.at);
  }
  async function put(item) { await store("readwrite", (items) => items.put(item)); tell(); }
  async function remove(id) { await store("readwrite", (items) => items.delete(id)); tell(); }

  // {user, token}, or why not: "login" or "" for no network.
  async function connect() {
    try {
      const answer = await fetch(TOKEN, { redirect: "manual", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15000) });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return "login";
      return answer.ok ? await answer.json() : "";
    } catch { return ""; }
  }

  function body(item) {
    const form = new FormData();
    for (const [name, value] of item.fields) form.append(name, value);
    form.append("client_id", item.id);
    for (const file of item.files) form.append(file.field, new Blob([file.buffer], { type: file.type }), "photo.jpg");
    return form;
  }

  // {state: "sent" | "conflict" | "refused" | "waiting", url, message}
  async function post(item, token) {
    let answer;
    try {
      answer = await fetch(item.url, {
        method: "POST", body: body(item), redirect: "manual", signal: AbortSignal.timeout(180000),
        headers: { Accept: "application/json", "X-CSRFToken": token },
      });
    } catch { return { state: "waiting" }; }
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 429 || answer.status >= 500) return { state: "waiting" };
    try {
      const told = await answer.json();
      if (answer.ok) return { state: "sent", url: told.url };
      return { state: answer.status === 409 ? "conflict" : "refused", message: told.message };
    } catch { return { state: answer.ok ? "waiting" : "refused" }; }
  }

  async function work() {
    const all = await store("readonly", (items) => items.getAll());
    const due = all.filter((item) => item.state === "waiting" || item.state === "login").sort((a, b) => a.at - b.at);
    const results = {};
    if (!due.length) return { reached: true, results };
    const who = await connect();
    if (typeof who === "string") {
      if (who === "login") for (const item of due) await put({ ...item, state: "login" });
      return { reached: who === "login", results };
    }
    for (const item of due.filter((each) => each.user === who.user)) {
      const result = await post(item, who.token);
      if (result.state === "waiting") return { reached: false, results };
      results[item.id] = result;
      if (result.state === "sent") await remove(item.id);
      else await put({ ...item, state: result.state, message: result.message });
    }
    return { reached: true, results };
  }

  async function flush() {
    try {
      return navigator.locks ? await navigator.locks.request(`${NAME}-send`, work) : await work();
    } catch { return { reached: false, results: {} }; }
  }

  return { list, put, remove, flush, connect, newId, onChange: (call) => channel.addEventListener("message", call) };
})();
