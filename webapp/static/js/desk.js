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
// New messages of an open conversation, every three seconds while the page is visible. Without JavaScript: reload.
(() => {
  "use strict";
  const log = document.querySelector("[data-refresh]");
  if (!log) return;
  const names = JSON.parse(log.dataset.names);
  let after = Number(log.dataset.after);
  const show = (message) => {
    const item = document.createElement("div");
    item.className = `bubble bubble-${message.author}`;
    const meta = document.createElement("span");
    meta.className = "muted";
    meta.textContent = `${names[message.author]} · ${message.at}`;
    const text = document.createElement("p");
    text.className = "prewrap";
    text.textContent = message.text;
    item.append(meta, text);
    log.append(item);
    log.scrollTop = log.scrollHeight;
  };
  const refresh = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(`${log.dataset.refresh}?after=${after}`, { credentials: "same-origin" });
      if (!answer.ok) return;
      for (const message of (await answer.json()).messages) {
        after = Math.max(after, message.id);
        show(message);
      }
    } catch {
      // No network for a moment: the next round asks again.
    }
  };
  log.scrollTop = log.scrollHeight;
  setInterval(refresh, 3000);
})();
