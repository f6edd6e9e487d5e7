// Small comforts on every page; each page works without them.
(() => {
  "use strict";
  // A form that came back with errors: lead the reader there.
  document.querySelector("[data-focus]")?.focus();
  // A menu that is wider than the screen: show where we are.
  for (const row of document.querySelectorAll(".staff-nav, .sub-nav, .tabs")) {
    if (row.scrollWidth <= row.clientWidth) continue;
    row.classList.add("goes-on");
    const here = row.querySelector("[aria-current]");
    if (here) row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
  }
  // Sending twice by a double tap.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
  // Signing out: what a grid worker's phone keeps of pages goes with the session.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || !window.caches || !form.action?.endsWith?.("/account/logout")) return;
    event.preventDefault();
    const kept = (await caches.keys()).filter((name) => name.startsWith("minping-grid-pages-"));
    await Promise.all(kept.map((name) => caches.delete(name)));
    form.submit();
  });
  // Selects that send their form at once, and copy buttons.
  document.addEventListener("change", (event) => {
    const control = event.target;
    if (control instanceof HTMLElement && control.matches("[data-autosubmit]")) control.closest("form")?.requestSubmit();
  });
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      const words = button.textContent;
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = words; }, 2500);
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
