// A grid worker's pages: what waits to be sent, forms that survive a lost network, photos, the list by distance.
(() => {
  "use strict";
  const root = document.querySelector("[data-grid]");
  if (!root) return;
  const queue = self.gridQueue;
  const words = JSON.parse(root.dataset.words);
  const user = Number(root.dataset.user);
  const net = document.querySelector("[data-net]");
  const OWNER = "minping-grid-user";
  const element = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const say = (text, values) => Object.entries(values).reduce((whole, [name, value]) => whole.replace(`{${name}}`, value), text);

  // Pages of somebody else who used this phone without signing out.
  try {
    if (localStorage.getItem(OWNER) !== String(user)) {
      self.caches?.keys().then((names) => names.filter((name) => name.startsWith("minping-grid-pages-")).forEach((name) => caches.delete(name)));
      localStorage.setItem(OWNER, String(user));
    }
  } catch { /* no storage, then nothing is kept either */ }
  navigator.serviceWorker?.register(root.dataset.worker, { scope: root.dataset.scope }).catch(() => null);

  // State in words.
  async function show() {
    const items = await queue.list(user).catch(() => []);
    const waiting = items.filter((item) => item.state === "waiting" || item.state === "login").length;
    const stuck = items.length - waiting;
    const parts = [];
    if (root.dataset.cached) parts.push(say(root.dataset.cached === "old" ? words.old : words.cached, { time: new Date(root.dataset.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }) }));
    else if (!navigator.onLine) parts.push(words.offline);
    if (items.some((item) => item.state === "login")) parts.push(words.login);
    if (waiting) parts.push(say(words.waiting, { count: waiting }));
    if (stuck) parts.push(say(words.stuck, { count: stuck }));
    const text = parts.join(" · ");
    if (net.textContent !== text) net.textContent = text;
    net.classList.toggle("is-bad", Boolean(root.dataset.cached || !navigator.onLine || stuck));
    const count = document.querySelector("[data-waiting]");
    count.textContent = items.length;
    count.hidden = !items.length;
    return items;
  }
  let sending = false;
  async function send() {
    if (sending) return {};
    sending = true;
    const { results } = await queue.flush();
    sending = false;
    if (root.dataset.cached === "yes") await renew();
    await refresh();
    return results;
  }
  // The network is back: the list is read anew, a page with something half written on it only says that it is old.
  async function renew() {
    if (typeof await queue.connect() === "string") return;
    if (document.querySelector("[data-list]")) location.reload();
    root.dataset.cached = root.querySelector("form[data-case]") ? "old" : "";
  }
  async function refresh() {
    const items = await show();
    self.gridOutbox?.(items, { words, queue, send, refresh });
  }
  queue.onChange(() => refresh());
  for (const event of ["online", "offline", "focus"]) window.addEventListener(event, send);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  setInterval(send, 30000);

  // Photos: several shots one after the other, made small at once, looked at, taken back.
  const shots = new Map();
  for (const input of root.querySelectorAll("[data-photos]")) {
    const box = input.closest(".field").querySelector("[data-previews]");
    shots.set(input, []);
    input.addEventListener("change", async () => {
      const taken = await Promise.all([...input.files].map(window.smallerPhoto));
      const all = [...shots.get(input), ...taken];
      const limit = Number(input.dataset.limit);
      problem(input.form, all.length > limit ? say(words.too_many, { count: limit }) : "");
      shots.set(input, all.slice(0, limit));
      draw(input, box);
    });
  }
  function draw(input, box) {
    for (const image of box.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    const kept = new DataTransfer();
    for (const file of shots.get(input)) kept.items.add(file instanceof File ? file : new File([file], "photo.jpg", { type: file.type }));
    // Without a script from here on the plain form would send the same.
    input.files = kept.files;
    box.replaceChildren(...shots.get(input).map((file, place) => {
      const item = element("li", "");
      const image = element("img", "");
      image.src = URL.createObjectURL(file);
      image.alt = `${words.photo} ${place + 1}`;
      const away = element("button", "button button-secondary", words.drop);
      away.type = "button";
      away.setAttribute("aria-label", `${words.drop} ${image.alt}`);
      away.addEventListener("click", () => { shots.get(input).splice(place, 1); draw(input, box); });
      item.append(image, away);
      return item;
    }));
    input.form.dispatchEvent(new CustomEvent("photos"));
  }

  // Forms: kept first, then sent.
  function problem(form, text) {
    const place = form.querySelector("[data-problem]");
    place.textContent = text;
    if (text) place.scrollIntoView({ block: "center" });
  }
  function missing(form) {
    if (form.missing) return form.missing(shots);
    for (const input of form.querySelectorAll("[data-required]")) if (!shots.get(input).length) return words.need_photo;
    const verdict = form.elements.verdict?.value;
    if (verdict === "") return words.need_verdict;
    const note = form.elements.note;
    if (note && !note.value.trim() && (note.required || (verdict && verdict !== "fixed"))) return words.need_note;
    return "";
  }
  async function delivery(form) {
    const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !["csrf_token", "client_id"].includes(name));
    const files = [];
    for (const input of form.querySelectorAll("[data-photos]")) {
      for (const file of shots.get(input)) files.push({ field: input.name, type: file.type || "image/jpeg", buffer: await file.arrayBuffer() });
    }
    const verdict = form.querySelector("[name=verdict]:checked");
    return {
      id: queue.newId(), user, url: form.getAttribute("action"), fields, files, at: Date.now(), state: "waiting", title: form.dataset.queue,
      note: form.dataset.note ?? "", page: form.dataset.case ?? "", verdict: verdict?.closest("label").textContent.trim() ?? "",
    };
  }
  async function submit(form) {
    const why = missing(form);
    problem(form, why);
    if (why) return;
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    try {
      const item = await delivery(form);
      await queue.put(item);
      net.textContent = words.sending;
      navigator.serviceWorker?.ready.then((worker) => worker.sync?.register("minping-grid-send")).catch(() => null);
      const { results } = await queue.flush();
      const { state, url, message } = results[item.id] ?? { state: "waiting" };
      if (state === "refused") {
        // It still stands in the form; nothing more is to be kept.
        await queue.remove(item.id);
        problem(form, message || words.not_accepted);
      } else if (state === "sent") location.assign(url);
      else leave(form);
    } catch { problem(form, words.no_store); }
    button.disabled = false;
    refresh();
  }
  function leave(form) {
    if (navigator.serviceWorker?.controller) { location.assign(root.dataset.outbox); return; }
    // Nobody is there yet to show another page without a network.
    form.reset();
    for (const input of form.querySelectorAll("[data-photos]")) { shots.set(input, []); draw(input, input.closest(".field").querySelector("[data-previews]")); }
    problem(form, words.kept);
  }
  for (const form of root.querySelectorAll("form[data-queue]")) {
    form.addEventListener("submit", (event) => {
      if (!self.indexedDB) return;
      event.preventDefault();
      submit(form);
    });
  }
  document.querySelector("[data-logout]")?.addEventListener("submit", (event) => {
    const count = Number(document.querySelector("[data-waiting]").textContent);
    if (count && !confirm(say(words.logout, { count }))) event.preventDefault();
  });

  refresh();
  send();
})();
