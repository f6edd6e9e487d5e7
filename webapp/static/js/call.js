// A call on the phone by keyboard alone: suggestions while typing, one key for each, and no word lost. Without JavaScript:
// a plain form with access keys and a button for the suggestions.
(() => {
  "use strict";
  const form = document.querySelector("[data-call]");
  if (!form) return;
  const panel = document.querySelector("[data-panel]");
  const alarm = form.querySelector("[data-alert]");
  const status = form.querySelector("[data-call-status]");
  const words = form.dataset;
  const kept = `minping.call.${words.call}`;
  const FIELDS = ["contact_phone", "contact_name", "text", "address", "area_code", "category_code", "request_type", "urgency", "merge_into", "is_public"];
  const fields = FIELDS.map((name) => form.elements[name]);
  const say = (text) => { status.textContent = text; };
  form.querySelector("[data-look]").hidden = true;

  // --- the draft: kept in this tab until the call is stored, also over a sign-in that ran out -------------------------
  const draft = () => Object.fromEntries(fields.map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]));
  const empty = JSON.stringify({ ...Object.fromEntries(FIELDS.map((name) => [name, ""])), is_public: true });
  const fill = (values) => {
    for (const field of fields) {
      const value = values[field.name];
      if (field.type === "checkbox") field.checked = Boolean(value);
      else setValue(field, value ?? "");
    }
  };
  // A list that was narrowed by its search box lacks the option: emptying the box brings all back.
  const setValue = (field, value) => {
    const box = field.previousElementSibling;
    if (field.tagName === "SELECT" && box?.matches(".find-option") && box.value) {
      box.value = "";
      box.dispatchEvent(new Event("input"));
    }
    field.value = value;
  };
  const keep = () => {
    try {
      const now = JSON.stringify(draft());
      if (now === empty) sessionStorage.removeItem(kept);
      else sessionStorage.setItem(kept, now);
    } catch { /* Storage is off or full: the page itself still holds the words. */ }
  };
  try {
    // Another person's half call is nobody else's business.
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("minping.call.") && key !== kept) sessionStorage.removeItem(key);
    if (document.querySelector("[data-taken]")) sessionStorage.removeItem(kept);
    const before = sessionStorage.getItem(kept);
    if (before && !("cameBack" in words)) {
      fill(JSON.parse(before));
      say(words.restored);
    }
  } catch { /* As above. */ }

  // --- suggestions ----------------------------------------------------------------------------------------------------
  let timer, running;
  const mark = () => {
    for (const button of document.querySelectorAll("[data-fill]")) button.setAttribute("aria-pressed", String(form.elements[button.dataset.fill].value === button.dataset.value));
  };
  const ask = async () => {
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(words.suggest, { method: "POST", body: new FormData(form), credentials: "same-origin", signal: running.signal, headers: { Accept: "application/json" } });
      if (answer.redirected) { say(words.signedOut); return; }
      if (!answer.ok) throw new Error(answer.status);
      const found = await answer.json();
      // The focus and what is open for reading out stay as they are when nothing changed.
      if (panel.dataset.shown !== found.panel) {
        const open = new Set([...panel.querySelectorAll("details[open] > summary")].map((line) => line.textContent));
        const had = panel.contains(document.activeElement) ? document.activeElement.textContent : null;
        panel.innerHTML = panel.dataset.shown = found.panel;
        for (const line of panel.querySelectorAll("summary")) {
          if (open.has(line.textContent)) line.parentElement.open = true;
        }
        if (had) [...panel.querySelectorAll("summary, button, h2")].find((one) => one.textContent === had)?.focus();
      }
      if (alarm.dataset.shown !== found.alert) alarm.innerHTML = alarm.dataset.shown = found.alert;
      mark();
      if ([words.offline, words.signedOut].includes(status.textContent)) say("");
    } catch (error) {
      if (error.name !== "AbortError") say(words.offline);
    }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(ask, 300); };
  form.addEventListener("input", (event) => {
    keep();
    mark();
    if (["text", "address", "area_code"].includes(event.target.name)) soon();
  });
  form.addEventListener("change", () => { keep(); mark(); });
  form.addEventListener("submit", () => { clearTimeout(timer); running?.abort(); });
  // What is chosen a second time is let go again.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill]");
    if (!button) return;
    const field = form.elements[button.dataset.fill];
    setValue(field, field.value === button.dataset.value ? "" : button.dataset.value);
    keep();
    mark();
    if (field.name === "area_code") soon();
  });

  // --- keys -----------------------------------------------------------------------------------------------------------
  let before = null;
  const clear = () => {
    before = draft();
    fill(JSON.parse(empty));
    keep();
    soon();
    say(words.cleared);
    form.elements.contact_phone.focus();
  };
  const bringBack = () => {
    if (!before) return;
    fill(before);
    before = null;
    keep();
    soon();
    say(words.restored);
  };
  const readOut = () => {
    const first = panel.querySelector(".answer > summary");
    if (first) { first.parentElement.open = true; first.focus(); }
  };
  const go = (letter) => {
    const field = form.querySelector(`[accesskey="${letter}"]`);
    if (!field) return false;
    const box = field.previousElementSibling;
    (box?.matches(".find-option") ? box : field).focus();
    if (field.type === "checkbox") field.click();
    return true;
  };
  const press = (letter) => {
    const button = document.querySelector(`[data-hotkey="${letter}"]`);
    button?.click();
    return Boolean(button);
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.repeat) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[type=submit]:not([data-look])"));
      return;
    }
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // By the key's place, as Alt makes other characters of it on some keyboards.
    const letter = event.code.replace(/^(Key|Digit|Numpad)/, "").toLowerCase();
    const own = { n: clear, z: bringBack, k: readOut }[letter];
    if (own) own();
    if (own || press(letter) || go(letter)) event.preventDefault();
  });
  if (form.elements.text.value.trim()) ask();
})();
