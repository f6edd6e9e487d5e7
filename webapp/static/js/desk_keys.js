// Single keys on the desk's list and case; never while typing, and switched off for good where somebody wishes so.
(() => {
  "use strict";
  const help = document.querySelector("[data-keys-help]");
  if (!help) return;
  const OFF = "minping.keys";
  const stored = () => { try { return localStorage.getItem(OFF); } catch { return null; } };
  const toggle = help.querySelector("[data-keys-switch]");
  toggle.checked = stored() !== "off";
  toggle.addEventListener("change", () => { try { localStorage.setItem(OFF, toggle.checked ? "on" : "off"); } catch { /* As for this page alone. */ } });
  for (const button of document.querySelectorAll("[data-keys-open]")) {
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
  }
  help.querySelector("[data-keys-close]").addEventListener("click", () => help.close());

  const rows = [...document.querySelectorAll("tr[data-row]")];
  const here = () => rows.findIndex((row) => row.contains(document.activeElement));
  const move = (by) => {
    const place = here();
    const next = rows[place < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(place + by, 0), rows.length - 1)];
    const link = next?.querySelector("th a");
    link?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const step = (name) => {
    const part = document.getElementById(`step-${name}`);
    if (!part) return false;
    part.open = true;
    part.scrollIntoView({ block: "nearest" });
    // What needs no words is one Enter away, never done by the key itself.
    (part.querySelector("textarea[required], select[required]") ?? part.querySelector("button[type=submit]")).focus();
    return true;
  };
  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    o: () => rows[here()]?.querySelector("th a").click(),
    x: () => rows[here()]?.querySelector("input[name=numbers]")?.click(),
    "/": () => { const box = document.getElementById("words"); if (box instanceof HTMLInputElement) { box.focus(); box.select(); } },
    u: () => document.querySelector("[data-up]")?.click(),
    a: () => step("accept"),
    r: () => step("reply"),
    d: () => step("resolve"),
    n: () => step("add_note"),
    p: () => document.querySelector("[data-print-view]")?.click(),
    "?": () => help.showModal(),
  };
  const typing = (element) => element instanceof HTMLElement && (element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select"));
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || help.open) return;
    if (event.altKey) {
      const nth = /^Digit([1-9])$/.exec(event.code)?.[1];
      const box = document.activeElement;
      if (!nth || !(box instanceof HTMLTextAreaElement)) return;
      const canned = box.closest("form").querySelectorAll("[data-insert]")[nth - 1];
      if (canned) { event.preventDefault(); insert(canned); }
      return;
    }
    if (!toggle.checked || typing(event.target)) return;
    const key = KEYS[event.key];
    if (!key || event.repeat && !"jk".includes(event.key)) return;
    event.preventDefault();
    key();
  });

  // --- canned answers: at the cursor, in place of what is selected ------------------------------------------------------
  const insert = (link) => {
    const box = document.getElementById(link.dataset.into);
    box.focus();
    // Unlike setRangeText(), this can be undone by Ctrl+Z.
    if (!document.execCommand("insertText", false, link.dataset.insert)) box.setRangeText(link.dataset.insert, box.selectionStart, box.selectionEnd, "end");
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-insert]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    insert(link);
  });

  // --- choosing many: all of the page, a stretch with Shift, and how many ---------------------------------------------
  const boxes = rows.map((row) => row.querySelector("input[name=numbers]")).filter(Boolean);
  const all = document.querySelector("[data-choose-all]");
  const count = document.querySelector("[data-chosen]");
  if (!boxes.length || !all) return;
  all.closest("[hidden]")?.removeAttribute("hidden");
  const tell = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    count.textContent = count.dataset.chosen.replace("0", String(chosen));
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  };
  let last = null;
  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((one, other) => one - other);
        for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
      }
      last = box;
      tell();
    });
  }
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; tell(); });
  window.addEventListener("pageshow", tell);
  tell();
})();
