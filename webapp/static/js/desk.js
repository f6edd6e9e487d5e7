// New messages of an open conversation, every three seconds while the page is visible. Without JavaScript: reload.
(() => {
  "use strict";
  const log = document.querySelector("[data-refresh]");
  if (!log) return;
  const names = JSON.parse(log.dataset.names);
  let after = Number(log.dataset.after);
  const show = (message) => {
    const item = document.createElement("li");
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
