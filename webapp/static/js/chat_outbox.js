// What is not sent yet: words and positions in localStorage, pictures in IndexedDB. All of it survives a reload and a
// lost network, and is sent once: the server knows each by its client_id.
window.chatOutbox = (urls, words, on) => {
  "use strict";
  const QUEUE = "minping-chat-queue";
  const RETRY_MS = [4000, 10000, 30000, 60000];
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  let sending = false;
  let failures = 0;
  let timer = 0;

  // Storage may be full or forbidden: the chat then still works, it only forgets on reload.
  let memory = null;
  function list() {
    if (memory) return memory;
    try { return JSON.parse(localStorage.getItem(QUEUE)) ?? []; } catch { return []; }
  }
  function change(how) {
    const items = how(list());
    try { localStorage.setItem(QUEUE, JSON.stringify(items)); } catch { memory = items; }
  }

  const held = new Map();
  const base = new Promise((done) => {
    try {
      const request = indexedDB.open("minping-chat", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("pictures");
      request.onsuccess = () => done(request.result);
      request.onerror = () => done(null);
    } catch { done(null); }
  });
  async function pictures(mode, work) {
    const opened = await base;
    if (!opened) return undefined;
    return new Promise((done) => {
      try {
        const request = work(opened.transaction("pictures", mode).objectStore("pictures"));
        request.onsuccess = () => done(request.result);
        request.onerror = () => done(undefined);
      } catch { done(undefined); }
    });
  }
  const picture = async (id) => held.get(id) ?? pictures("readonly", (store) => store.get(id));

  async function add(item, file = null) {
    const whole = { client_id: newId(), kind: "text", at: new Date().toISOString(), ...item };
    if (file) {
      held.set(whole.client_id, file);
      await pictures("readwrite", (store) => store.put(file, whole.client_id));
    }
    change((items) => [...items, whole]);
    on.added(whole, file);
    flush();
  }

  function forget(item) {
    change((items) => items.filter((other) => other.client_id !== item.client_id));
    held.delete(item.client_id);
    if (item.kind === "photo") pictures("readwrite", (store) => store.delete(item.client_id));
  }

  function body(item, file) {
    if (item.kind !== "photo") {
      const { text, latitude, longitude, label, client_id } = item;
      return JSON.stringify({ text, latitude, longitude, label, client_id });
    }
    const form = new FormData();
    form.append("photo", file, "photo.jpg");
    form.append("client_id", item.client_id);
    return form;
  }

  // {answer}, {refused: why} for good, or {} to try again later.
  async function post(item) {
    const file = item.kind === "photo" ? await picture(item.client_id) : null;
    if (item.kind === "photo" && !file) return { refused: words.photo_gone };
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      request.open("POST", urls[item.kind || "text"]);
      request.setRequestHeader("Accept", "application/json");
      if (!file) request.setRequestHeader("Content-Type", "application/json");
      request.timeout = file ? 180000 : 45000;
      if (file) request.upload.onprogress = (event) => on.progress(item, event.loaded / event.total);
      request.onload = () => done(outcome(request));
      request.onerror = request.ontimeout = () => done({});
      request.send(body(item, file));
    });
  }

  function outcome({ status, responseText }) {
    if (status === 429 || status >= 500) return {};
    try {
      const answer = JSON.parse(responseText);
      return status < 400 ? { answer } : { refused: answer.message || words.not_accepted };
    } catch { return status < 400 ? {} : { refused: words.not_accepted }; }
  }

  async function flush() {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    for (let item = list()[0]; item; item = list()[0]) {
      on.sending(item);
      const { answer, refused } = await post(item);
      if (!answer && !refused) {
        on.waiting(item);
        timer = setTimeout(flush, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
        break;
      }
      failures = 0;
      forget(item);
      if (answer) on.sent(item, answer);
      else on.refused(item, refused);
    }
    sending = false;
    on.idle();
  }

  return { add, flush, list, picture };
};
