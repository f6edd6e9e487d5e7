// The chat page: what was said, what is being said, and who answers. Unsent things are the outbox's (chat_outbox.js).
(() => {
  "use strict";
  const root = document.querySelector("[data-chat]");
  if (!root) return;
  const { element, button, make, photo, position, replacesReplies } = window.chatCards;
  const find = (name) => root.querySelector(`[data-${name}]`);
  const [log, status, composer, input, who, fresh] = ["log", "status", "composer", "text", "who", "fresh"].map(find);
  const words = JSON.parse(root.dataset.words);
  const starters = JSON.parse(root.dataset.starters);
  const DRAFT = "minping-chat-draft";
  const LULL_MS = 5 * 60 * 1000;
  const DAY_MS = 24 * 60 * 60 * 1000;
  let lastId = 0;
  let lastTime = 0;
  let lastWord = Date.now();
  let handler = "bot";
  // A promised person is not yet one who is there.
  let entered = false;
  let typing = null;
  let pollTimer = 0;
  let unseen = 0;
  const { title } = document;
  let pinned = true;

  const chat = {
    words, send, toBottom, trackUrl: root.dataset.trackUrl, reportUrl: root.dataset.reportUrl, mapUrl: root.dataset.mapUrl,
    sendPhoto: (file) => outbox.add({ kind: "photo" }, file),
    sendPosition: (place) => outbox.add({ kind: "position", ...place, title: place.label || place.area || words.my_position }),
    askPosition: () => media.askPosition(),
  };
  const media = window.chatMedia(root, words, chat);
  const urls = { text: root.dataset.messagesUrl, photo: root.dataset.photosUrl, position: root.dataset.positionsUrl };
  const outbox = window.chatOutbox(urls, words, {
    added: (item, file) => { lastWord = Date.now(); pinned = true; showOwn(item, file); },
    sending: (item) => { mark(item, words.sending); showTyping(handler === "bot"); },
    progress: (item, share) => { mark(item, share < 1 ? `${words.sending} ${Math.round(share * 100)}%` : words.sending, false, share); },
    waiting: (item) => { showTyping(false); mark(item, words.failed, true); },
    refused: (item, why) => { showTyping(false); mark(item, `${words.refused}${why}`); bubbleOf(item)?.classList.add("is-refused"); },
    sent: (item, answer) => { showTyping(false); mark(item, ""); take(answer); },
    idle: schedule,
  });

  function when(at) {
    const date = new Date(at);
    const time = date.toLocaleTimeString(root.dataset.locale, { hour: "2-digit", minute: "2-digit" });
    const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / DAY_MS);
    if (days === 0) return time;
    if (days === 1) return `${words.yesterday} ${time}`;
    return `${date.toLocaleDateString(root.dataset.locale, days < 300 ? { month: "long", day: "numeric" } : { dateStyle: "long" })} ${time}`;
  }
  function stamp(at) {
    if (at - lastTime > LULL_MS) log.append(element("p", "chat-time", when(at)));
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
    const avatar = root.querySelector(`template[data-avatar="${author}"]`) ?? root.querySelector("template[data-avatar=bot]");
    const bubbles = element("div", "bubbles");
    bubbles.append(element("span", "visually-hidden", `${author === "resident" ? words.me : words[author] || words.bot}：`));
    message.append(avatar.content.cloneNode(true), bubbles);
    return [message, bubbles];
  }

  // As in WeChat: who reads further up is not torn down, but told that there is something new.
  function toBottom() { log.scrollTop = log.scrollHeight; fresh.hidden = true; }
  function follow() { if (pinned) toBottom(); else fresh.hidden = false; }
  log.addEventListener("scroll", () => {
    pinned = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    if (pinned) fresh.hidden = true;
  });
  log.addEventListener("load", () => { if (pinned) toBottom(); }, true);
  fresh.addEventListener("click", () => { toBottom(); log.focus(); });

  function dropReplies() { for (const old of log.querySelectorAll(".quick-replies")) old.remove(); }
  function settleCards() { for (const control of log.querySelectorAll(".star-card button, .chat-card input, .chat-card button:not(.keeps)")) control.disabled = true; }

  function showReplies(buttons) {
    dropReplies();
    if (!buttons?.length) return;
    const list = element("ul", "quick-replies");
    list.setAttribute("aria-label", words.replies);
    for (const { title, payload } of buttons) {
      const item = element("li");
      item.append(button(title, "button-secondary", () => send(payload || title, title)));
      list.append(item);
    }
    log.append(list);
  }

  const bubbleOf = (item) => log.querySelector(`[data-client="${CSS.escape(item.client_id)}"]`);
  function known(message) {
    if (message.id && message.id <= lastId && log.querySelector(`[data-id="${message.id}"]`)) return true;
    const own = message.client_id && bubbleOf(message);
    if (!own) return false;
    if (message.id) { own.dataset.id = message.id; lastId = Math.max(lastId, message.id); }
    return true;
  }

  function line(message, text) {
    const node = element("p", "chat-system", text);
    note(node, message);
    log.append(node);
    follow();
  }
  function note(node, message) {
    if (message.id) { node.dataset.id = message.id; lastId = Math.max(lastId, message.id); }
    if (message.client_id) node.dataset.client = message.client_id;
  }

  function contents(message) {
    const parts = [];
    if (message.photo) parts.push(photo(message.photo, message.author === "resident" ? words.my_photo : words.photo, media.enlarge));
    else if (message.position) parts.push(position(message.position, message.text, chat));
    else if (message.text) {
      const bubble = element("p", "bubble");
      fill(bubble, message.text);
      parts.push(bubble);
    }
    const card = make(message.custom, chat);
    return card ? [...parts, card] : parts;
  }

  function show(message) {
    if (known(message)) return;
    if (message.author === "person" || message.custom?.type === "taken_over") entered = true;
    if (message.custom?.type === "given_back") entered = false;
    const at = Date.parse(message.created_at) || Date.now();
    if (message.author === "resident") { dropReplies(); settleCards(); }
    const isLine = message.author === "system" && message.custom?.type !== "form_link";
    if (isLine) { stamp(at); line(message, words[message.custom?.type] || message.text); return; }
    if (message.custom?.type === "handover" && !message.text) { stamp(at); line(message, words.handover); return; }
    const parts = contents(message);
    if (message.id) lastId = Math.max(lastId, message.id);
    if (!parts.length) return;
    stamp(at);
    const [node, bubbles] = row(message.author);
    note(node, message);
    bubbles.append(...parts);
    log.append(node);
    if (replacesReplies(message.custom?.type)) dropReplies();
    if (message.buttons?.length) showReplies(message.buttons);
    else moveRepliesDown();
    follow();
  }

  function moveRepliesDown() {
    const replies = log.querySelector(".quick-replies");
    if (replies) log.append(replies);
  }

  function showTyping(on, author = "bot") {
    if (on && typing?.dataset.author === author) { log.append(typing); return; }
    typing?.remove();
    typing = null;
    const text = author === "person" ? words.person_typing : words.typing;
    if (on || [words.typing, words.person_typing].includes(status.textContent)) status.textContent = on ? text : "";
    if (!on) return;
    const [node, bubbles] = row(author);
    node.classList.add("typing");
    node.dataset.author = author;
    node.setAttribute("aria-hidden", "true");
    const bubble = element("p", "bubble");
    bubble.append(element("i"), element("i"), element("i"));
    bubbles.append(bubble);
    typing = node;
    log.append(node);
    if (pinned) toBottom();
  }

  async function showOwn(item, file) {
    const message = { author: "resident", created_at: item.at, client_id: item.client_id, text: item.title ?? item.text };
    if (item.kind === "position") message.position = item;
    if (item.kind === "photo") {
      const blob = file ?? await outbox.picture(item.client_id);
      message.photo = { url: blob ? URL.createObjectURL(blob) : "" };
    }
    show(message);
  }

  // Changed in place: a screen reader is told of additions, and 40 percentages are none of its business.
  function mark(item, text, failed = false, share = 1) {
    const message = bubbleOf(item);
    const bubbles = message?.querySelector(".bubbles");
    if (!bubbles) return;
    bubbles.querySelector(".bubble-photo")?.style.setProperty("--left", text && share < 1 ? `${100 - share * 100}%` : "0%");
    let state = bubbles.querySelector(".bubble-state");
    if (!text) { state?.remove(); return; }
    if (!state) { state = element("span", "bubble-state"); bubbles.append(state); }
    state.classList.toggle("bubble-failed", failed);
    state.textContent = text;
    if (failed) {
      const again = element("button", "link-button", words.retry);
      again.type = "button";
      again.addEventListener("click", outbox.flush);
      state.append(" ", again);
    }
    follow();
  }

  function send(text, title = text) { return outbox.add({ text, title }); }

  function take({ messages, handler: now, typing: types }) {
    if (messages.length) lastWord = Date.now();
    if (document.hidden) tellTitle(unseen + messages.filter((message) => message.author === "person").length);
    handler = now || handler;
    messages.forEach(show);
    who.textContent = handler !== "person" ? words.with_bot : entered ? words.with_person : words.handover;
    root.classList.toggle("with-person", handler === "person");
    if (types) showTyping(true, "person");
    else if (typing?.dataset.author === "person") showTyping(false);
    else if (typing) log.append(typing);
  }

  async function poll() {
    try {
      const answer = await fetch(`${urls.text}?after=${lastId}`, { credentials: "same-origin", headers: { "Accept": "application/json" } });
      if (answer.ok) take(await answer.json());
    } catch { /* the next poll tries again */ }
    schedule();
  }

  function tellTitle(count) {
    unseen = count;
    document.title = count ? `(${count}) ${title}` : title;
  }

  // Often while a person answers or words go to and fro, seldom otherwise; a hidden tab waits for nothing but a person.
  function schedule() {
    clearTimeout(pollTimer);
    if (document.hidden && handler !== "person") return;
    const lively = Date.now() - lastWord < LULL_MS;
    const pause = handler === "person" ? 2000 : lively ? 5000 : 20000;
    pollTimer = setTimeout(poll, document.hidden ? 15000 : pause);
  }

  const draft = {
    get: () => { try { return JSON.parse(localStorage.getItem(DRAFT)) ?? ""; } catch { return ""; } },
    set: (text) => { try { localStorage.setItem(DRAFT, JSON.stringify(text)); } catch { /* it only forgets */ } },
  };
  function grow() {
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight + 2}px`;
  }

  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    draft.set("");
    grow();
    send(text);
    input.focus();
  });
  input.addEventListener("input", () => { draft.set(input.value); grow(); });
  input.addEventListener("keydown", (event) => {
    // While an input method composes a word, Enter belongs to it.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); composer.requestSubmit(); }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { schedule(); return; }
    tellTitle(0);
    poll();
  });
  window.addEventListener("online", () => { status.textContent = ""; outbox.flush(); });
  window.addEventListener("offline", () => { status.textContent = words.offline; });
  new ResizeObserver(() => { if (pinned) toBottom(); }).observe(log);

  (async () => {
    // What was said before is no news: it is not read out.
    log.setAttribute("aria-busy", "true");
    input.value = draft.get();
    grow();
    await poll();
    if (!log.querySelector(".message") && !outbox.list().length) {
      show({ author: "bot", text: words.greeting, created_at: new Date().toISOString() });
      showReplies(starters.map(([title, payload]) => ({ title, payload })));
      log.scrollTop = 0;
    }
    for (const item of outbox.list()) await showOwn(item);
    log.setAttribute("aria-busy", "false");
    outbox.flush();
    const wish = new URLSearchParams(location.search).get("say");
    if (wish && !input.value) { input.value = wish; grow(); }
  })();
})();
