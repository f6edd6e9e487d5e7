// The chat page. Words not yet sent are kept in localStorage and sent once: the server knows each by its client_id.
(() => {
  "use strict";
  const root = document.querySelector("[data-chat]");
  if (!root) return;
  const { element, button, make, replacesReplies } = window.chatCards;
  const log = root.querySelector("[data-log]");
  const status = root.querySelector("[data-status]");
  const composer = root.querySelector("[data-composer]");
  const input = root.querySelector("[data-text]");
  const words = JSON.parse(root.dataset.words);
  const starters = JSON.parse(root.dataset.starters);
  const url = root.dataset.messagesUrl;
  const QUEUE = "minping-chat-queue";
  const DRAFT = "minping-chat-draft";
  const LULL_MS = 5 * 60 * 1000;
  const chat = {
    words, send, trackUrl: root.dataset.trackUrl, reportUrl: root.dataset.reportUrl, placesUrl: root.dataset.placesUrl,
  };
  let lastId = 0;
  let lastTime = 0;
  let handler = "bot";
  let sending = false;
  let typing = null;
  let pollTimer = 0;

  // localStorage may be full or forbidden: the chat then still works, it only forgets.
  const keep = (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* see above */ } };
  const kept = (name, fallback) => {
    try { return JSON.parse(localStorage.getItem(name)) ?? fallback; } catch { return fallback; }
  };
  let queue = kept(QUEUE, []);
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  function stamp(at) {
    if (at - lastTime > LULL_MS) {
      const sameDay = new Date(at).toDateString() === new Date().toDateString();
      const format = sameDay ? { hour: "2-digit", minute: "2-digit" }
        : { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" };
      log.append(element("p", "chat-time", new Date(at).toLocaleString(root.dataset.locale, format)));
    }
    lastTime = Math.max(lastTime, at);
  }

  // Addresses become links; everything else stays text, whoever wrote it.
  function fill(node, text) {
    for (const part of text.split(/(https?:\/\/[\w.:/?=&%#-]+)/)) {
      if (/^https?:\/\//.test(part)) {
        const anchor = element("a", "", part);
        anchor.href = part;
        node.append(anchor);
      } else node.append(part);
    }
  }

  function row(author) {
    const message = element("div", `message message-${author}`);
    const avatar = element("span", "avatar", { resident: words.me, bot: "评", person: "人" }[author] || "评");
    avatar.setAttribute("aria-hidden", "true");
    const bubbles = element("div", "bubbles");
    bubbles.append(element("span", "visually-hidden", `${author === "resident" ? words.me : words[author] || words.bot}：`));
    message.append(avatar, bubbles);
    return [message, bubbles];
  }

  function toBottom() { log.scrollTop = log.scrollHeight; }
  function dropReplies() { for (const old of log.querySelectorAll(".quick-replies")) old.remove(); }
  function settleCards() { for (const control of log.querySelectorAll(".star-card button, .chat-card input, .chat-card button:not(.keeps)")) control.disabled = true; }

  function showReplies(buttons) {
    dropReplies();
    if (!buttons?.length) return;
    const list = element("ul", "quick-replies");
    for (const { title, payload } of buttons) {
      const item = element("li");
      item.append(button(title, "button-secondary", () => send(payload || title, title)));
      list.append(item);
    }
    log.append(list);
  }

  function show(message) {
    if (message.id && message.id <= lastId && log.querySelector(`[data-id="${message.id}"]`)) return;
    if (message.client_id && log.querySelector(`[data-client="${CSS.escape(message.client_id)}"]`)) {
      log.querySelector(`[data-client="${CSS.escape(message.client_id)}"]`).dataset.id = message.id;
      lastId = Math.max(lastId, message.id);
      return;
    }
    stamp(Date.parse(message.created_at) || Date.now());
    if (message.author === "resident") { dropReplies(); settleCards(); }
    if (message.custom?.type === "handover" && !message.text) {
      const line = element("p", "chat-system", words.handover);
      line.dataset.id = message.id;
      lastId = Math.max(lastId, message.id);
      log.append(line);
      toBottom();
      return;
    }
    const [node, bubbles] = row(message.author);
    if (message.id) { node.dataset.id = message.id; lastId = Math.max(lastId, message.id); }
    if (message.client_id) node.dataset.client = message.client_id;
    if (message.text) {
      const bubble = element("p", "bubble");
      fill(bubble, message.text);
      bubbles.append(bubble);
    }
    const card = make(message.custom, chat);
    if (card) bubbles.append(card);
    if (!message.text && !card) return;
    log.append(node);
    if (replacesReplies(message.custom?.type)) dropReplies();
    if (message.buttons?.length) showReplies(message.buttons);
    else moveRepliesDown();
    toBottom();
  }

  function moveRepliesDown() {
    const replies = log.querySelector(".quick-replies");
    if (replies) log.append(replies);
  }

  function showTyping(on) {
    typing?.remove();
    typing = null;
    status.textContent = on ? words.typing : "";
    if (!on) return;
    const [node, bubbles] = row("bot");
    node.classList.add("typing");
    node.setAttribute("aria-hidden", "true");
    bubbles.append(element("p", "bubble", "···"));
    typing = node;
    log.append(node);
    toBottom();
  }

  function showOwn(item) {
    show({ author: "resident", text: item.title, created_at: item.at, client_id: item.client_id });
  }

  function mark(item, text, failed = false) {
    const bubbles = log.querySelector(`[data-client="${CSS.escape(item.client_id)}"] .bubbles`);
    bubbles?.querySelector(".bubble-state")?.remove();
    if (!text || !bubbles) return;
    const state = element("span", `bubble-state${failed ? " bubble-failed" : ""}`, text);
    if (failed) {
      const again = element("button", "link-button", words.retry);
      again.type = "button";
      again.addEventListener("click", flush);
      state.append(" ", again);
    }
    bubbles.append(state);
    toBottom();
  }

  function send(text, title = text) {
    const item = { client_id: newId(), text, title, at: new Date().toISOString() };
    queue.push(item);
    keep(QUEUE, queue);
    showOwn(item);
    flush();
  }

  async function flush() {
    if (sending) return;
    sending = true;
    while (queue.length) {
      const item = queue[0];
      mark(item, words.sending);
      showTyping(handler === "bot");
      const outcome = await post(item);
      showTyping(false);
      if (outcome === "later") { mark(item, words.failed, true); break; }
      mark(item, outcome === "sent" ? "" : `${words.refused}${outcome}`);
      queue = queue.slice(1);
      keep(QUEUE, queue);
    }
    sending = false;
    schedule();
  }

  // "sent", "later" (try again), or why the server refuses these words for good.
  async function post(item) {
    try {
      const answer = await fetch(url, {
        method: "POST", credentials: "same-origin",
        headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": root.dataset.csrf },
        body: JSON.stringify({ text: item.text, client_id: item.client_id }),
      });
      if (answer.status === 429 || answer.status >= 500) return "later";
      const body = await answer.json();
      if (!answer.ok) return body.message || String(answer.status);
      handler = body.handler || handler;
      showTyping(false);
      body.messages.forEach(show);
      return "sent";
    } catch { return "later"; }
  }

  async function poll() {
    try {
      const answer = await fetch(`${url}?after=${lastId}`, { credentials: "same-origin", headers: { "Accept": "application/json" } });
      if (answer.ok) {
        const body = await answer.json();
        handler = body.handler || handler;
        body.messages.forEach(show);
        if (typing) { log.append(typing); toBottom(); }
      }
    } catch { /* the next poll tries again */ }
    schedule();
  }

  // Often while a person answers, seldom otherwise, never in a hidden tab.
  function schedule() {
    clearTimeout(pollTimer);
    if (document.hidden) return;
    pollTimer = setTimeout(poll, handler === "person" ? 3000 : 20000);
  }

  function grow() {
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight + 2}px`;
  }

  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    keep(DRAFT, "");
    grow();
    send(text);
    input.focus();
  });
  input.addEventListener("input", () => { keep(DRAFT, input.value); grow(); });
  input.addEventListener("keydown", (event) => {
    // While an input method composes a word, Enter belongs to it.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); composer.requestSubmit(); }
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(pollTimer) : poll()));
  window.addEventListener("online", () => { status.textContent = ""; flush(); });
  window.addEventListener("offline", () => { status.textContent = words.offline; });

  (async () => {
    input.value = kept(DRAFT, "");
    grow();
    await poll();
    if (!log.querySelector(".message") && !queue.length) {
      show({ author: "bot", text: words.greeting, created_at: new Date().toISOString() });
      showReplies(starters.map(([title, payload]) => ({ title, payload })));
      log.scrollTop = 0;
    }
    queue.forEach(showOwn);
    flush();
    const wish = new URLSearchParams(location.search).get("say");
    if (wish && !input.value) { input.value = wish; grow(); }
  })();
})();
