// A box above a long list that leaves only the options with the typed words. Without JavaScript: the plain list.
for (const list of document.querySelectorAll("select[data-search]")) {
  const box = document.createElement("input");
  const [blank, ...options] = [...list.options];
  const chosen = list.value;
  box.type = "search";
  box.className = "input find-option";
  box.placeholder = list.dataset.search;
  box.setAttribute("aria-label", list.dataset.search);
  box.addEventListener("input", () => {
    const words = box.value.trim().toLowerCase().split(/\s+/);
    const found = options.filter((option) => words.every((word) => `${option.value} ${option.text}`.toLowerCase().includes(word)));
    list.replaceChildren(blank, ...found);
    // The first hit is what the typist means; an emptied box leaves what was chosen before.
    list.value = box.value.trim() ? (found[0]?.value ?? "") : chosen;
  });
  // Enter in the box must not send the form before anyone has seen the choice.
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    list.focus();
  });
  list.before(box);
}
// An open conversation, live while the page is visible: what is new, who answers, one's own reply. Without JavaScript: reload.
(() => {
  "use strict";
  const log = document.querySelector("[data-refresh]");
  if (!log) return;
  const form = document.querySelector("[data-reply]");
  const input = form.querySelector("textarea");
  const names = JSON.parse(log.dataset.names);
  const element = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  let after = Number(log.dataset.after);
  const picture = ({ url, width, height }) => {
    const link = element("a", "bubble-photo");
    link.href = url;
    link.append(Object.assign(element("img", ""), { src: url, width, height, alt: log.dataset.photo }));
    return link;
  };
  const show = (message) => {
    if (message.id <= after) return;
    after = message.id;
    const item = element("div", `bubble bubble-${message.author}`);
    item.append(
      element("span", "muted", `${names[message.author]} · ${message.at}`),
      message.photo ? picture(message.photo) : element("p", "prewrap", message.text),
    );
    if (message.map) item.append(Object.assign(element("img", "small-map"), { src: message.map, width: 320, height: 160, alt: log.dataset.map }));
    log.append(item);
    log.scrollTop = log.scrollHeight;
  };
  const refresh = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(`${log.dataset.refresh}?after=${after}`, { credentials: "same-origin" });
      if (!answer.ok) return;
      const { messages, taken, words, badge, may_give_back: busy } = await answer.json();
      messages.forEach(show);
      const state = document.querySelector("[data-state]");
      if (state.textContent !== words) state.textContent = words;
      const reason = document.querySelector("[data-badge]");
      reason.hidden = !badge;
      if (badge) reason.firstElementChild.textContent = badge;
      document.querySelector("[data-when=free]").hidden = taken;
      document.querySelector("[data-when=busy]").hidden = !busy;
    } catch {
      // No network for a moment: the next round asks again.
    }
  };
  // What is refused is sent as a form: the page then says why and keeps the words.
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: "POST", credentials: "same-origin", body: new FormData(form) });
      if (!answer.ok) { form.submit(); return; }
      input.value = "";
      await refresh();
    } catch {
      // It may have arrived all the same: the next refresh shows it, nothing is sent twice by itself.
      document.querySelector("[data-state]").textContent = form.dataset.failed;
    } finally {
      button.disabled = false;
      input.focus();
    }
  });
  let told = 0;
  input.addEventListener("input", () => {
    if (Date.now() - told < 3000 || !input.value.trim()) return;
    told = Date.now();
    fetch(form.dataset.typing, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": form.dataset.csrf } }).catch(() => {});
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
  const toBottom = () => { log.scrollTop = log.scrollHeight; };
  log.addEventListener("load", toBottom, true);
  toBottom();
  setInterval(refresh, 2000);
})();
// The inbox: who waits, without reloading. What has the focus keeps it.
(() => {
  "use strict";
  const list = document.querySelector("[data-live]");
  if (!list) return;
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      if (!fresh || fresh.innerHTML === list.innerHTML) return;
      const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      list.replaceChildren(...fresh.childNodes);
      document.querySelector("[data-live-count]").textContent = page.querySelector("[data-live-count]").textContent;
      if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
    } catch {
      // No network for a moment.
    }
  }, 3000);
})();
