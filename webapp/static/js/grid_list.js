// The list of the grid: narrowed by what is asked, sorted by distance, reached from the map. The position stays in the phone.
(() => {
  "use strict";
  const ordered = document.querySelector("[data-list]");
  if (!ordered) return;
  const say = (text, values) => Object.entries(values).reduce((whole, [name, value]) => whole.replace(`{${name}}`, value), text);
  const tasks = [...ordered.querySelectorAll("[data-task]")];
  const asks = [...document.querySelectorAll(".gw-asks [data-ask]")];
  const whole = asks[0]?.getAttribute("aria-current");
  const choose = (ask) => {
    for (const link of asks) link.dataset.ask === ask ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    for (const task of tasks) {
      task.hidden = Boolean(ask) && task.dataset.ask !== ask;
      document.querySelector(`[data-dot="${task.dataset.number}"]`)?.classList.toggle("is-out", task.hidden);
    }
  };
  // Only the whole list can be narrowed here; a narrowed one comes from the server.
  if (whole) for (const link of asks) link.addEventListener("click", (event) => { event.preventDefault(); choose(link.dataset.ask); });
  for (const dot of document.querySelectorAll("[data-dot]")) {
    dot.addEventListener("click", () => {
      const link = tasks.find((task) => task.dataset.number === dot.dataset.dot)?.querySelector("a");
      link?.focus();
      link?.scrollIntoView({ block: "center" });
    });
  }
  const near = document.querySelector("[data-near]");
  const told = document.querySelector("[data-near-say]");
  const metres = (task, here) => {
    const { latitude, longitude } = task.dataset;
    if (latitude === undefined) return Infinity;
    const rad = Math.PI / 180;
    const x = (longitude - here.longitude) * rad * Math.cos((Number(latitude) + here.latitude) / 2 * rad);
    return Math.hypot(x, (latitude - here.latitude) * rad) * 6371009;
  };
  const byDistance = ({ coords }) => {
    told.textContent = say(told.dataset.found, { meters: Math.round(coords.accuracy) });
    const far = new Map(tasks.map((task) => [task, metres(task, coords)]));
    for (const [task, distance] of far) {
      task.querySelector("[data-distance]").textContent = Number.isFinite(distance) ? say(told.dataset.metres, { meters: Math.ceil(distance / 10) * 10 }) : "";
    }
    ordered.append(...[...tasks].sort((a, b) => far.get(a) - far.get(b) || a.dataset.number - b.dataset.number));
    near.setAttribute("aria-pressed", "true");
    self.gridMap?.place(document.querySelector("[data-map]"), "me", coords);
  };
  if (near && navigator.geolocation) {
    near.hidden = !tasks.length;
    near.addEventListener("click", () => {
      if (near.getAttribute("aria-pressed") === "true") {
        near.setAttribute("aria-pressed", "false");
        told.textContent = "";
        ordered.append(...tasks);
        return;
      }
      told.textContent = told.dataset.asking;
      navigator.geolocation.getCurrentPosition(byDistance, () => { told.textContent = told.dataset.failed; }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
    });
  }
})();
