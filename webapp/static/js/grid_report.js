// Reporting on the spot: where it is, what it probably is, and whether somebody has already reported it.
(() => {
  "use strict";
  const form = document.querySelector("form[data-report]");
  if (!form) return;
  const words = JSON.parse(form.dataset.words);
  const field = (name) => form.elements[name];
  const say = (text, values) => Object.entries(values).reduce((whole, [name, value]) => whole.replace(`{${name}}`, value), text);
  const told = form.querySelector("[data-locate-say]");
  const map = form.querySelector("[data-map]");
  const pick = form.querySelector("[data-pick]");
  const ROUGH_M = 80;
  let timer = 0;
  let asked = 0;
  let exact = "";

  function set({ latitude, longitude }, accuracy) {
    field("latitude").value = latitude.toFixed(6);
    field("longitude").value = longitude.toFixed(6);
    field("accuracy").value = accuracy ?? "";
    exact = accuracy === undefined ? words.by_hand : say(words.accuracy, { meters: Math.round(accuracy) });
    told.textContent = accuracy > ROUGH_M ? `${exact}。${words.rough}` : exact;
    window.gridMap?.place(map, "pin", { latitude, longitude });
    look();
  }
  function locate() {
    told.textContent = words.locating;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => set(coords, coords.accuracy), () => { told.textContent = words.failed; },
      { enableHighAccuracy: true, timeout: 15000 },
    );
  }
  const button = form.querySelector("[data-locate]");
  if (navigator.geolocation) {
    button.hidden = false;
    button.addEventListener("click", locate);
    navigator.permissions?.query({ name: "geolocation" }).then(({ state }) => { if (state === "granted") locate(); }).catch(() => null);
  }
  if (map) {
    pick.hidden = false;
    map.addEventListener("click", (event) => set(window.gridMap.point(map, event)));
  }

  // One category: from the buttons or from the long list.
  const other = field("category_other");
  const buttons = form.querySelector("[data-categories]");
  other.addEventListener("change", () => {
    if (other.value) for (const radio of buttons.querySelectorAll("input")) radio.checked = false;
    look();
  });
  buttons.addEventListener("change", () => { other.value = ""; look(); });
  field("text").addEventListener("input", look);
  field("area_code").addEventListener("change", look);

  function look() {
    clearTimeout(timer);
    timer = setTimeout(ask, 700);
  }
  async function ask() {
    const number = ++asked;
    const body = new FormData();
    for (const name of ["csrf_token", "text", "latitude", "longitude", "area_code", "category_code", "category_other"]) body.append(name, field(name)?.value ?? "");
    try {
      const answer = await fetch(form.dataset.look, { method: "POST", body, redirect: "manual", headers: { Accept: "application/json" } });
      // Only the answer to what stands there now.
      if (answer.ok && number === asked) show(await answer.json());
    } catch { /* without a network there are no suggestions, and the report is kept all the same */ }
  }
  function show({ area, categories, urgent, near }) {
    if (area && exact) told.textContent = [exact, area.own ? words.inside : say(words.outside, { area: area.name })].join(" · ");
    const warning = form.querySelector("[data-urgent]");
    warning.hidden = !urgent;
    warning.textContent = urgent ? words.urgent : "";
    const codes = new Set([...buttons.querySelectorAll("input")].map((radio) => radio.value));
    const fresh = categories.filter(({ code }) => !codes.has(code));
    for (const old of buttons.querySelectorAll("[data-suggested]")) if (!old.querySelector("input").checked) old.remove();
    buttons.prepend(...fresh.map(({ code, name }) => choice("category_code", code, name, words.suggested)));
    neighbours(near);
  }
  function choice(name, value, text, before = "") {
    const label = document.createElement("label");
    label.className = name === "join" ? "choice gw-choice" : "choice";
    if (before) label.dataset.suggested = "";
    const radio = Object.assign(document.createElement("input"), { type: "radio", name, value });
    const words_ = document.createElement("span");
    words_.textContent = before ? `${before}：${text}` : text;
    label.append(radio, words_);
    return label;
  }
  function neighbours(near) {
    const box = form.querySelector("[data-near-box]");
    const list = form.querySelector("[data-near-list]");
    const chosen = form.querySelector("[name=join]:checked")?.value ?? "";
    box.hidden = !near.length;
    list.replaceChildren();
    if (!near.length) return;
    list.append(choice("join", "", words.none));
    for (const { number, subject, status, distance } of near) {
      const far = distance === null ? "" : ` · ${say(words.metres, { meters: distance })}`;
      list.append(choice("join", number, `${words.join}：${subject}（${status}${far}）`));
    }
    const again = [...list.querySelectorAll("input")].find((radio) => radio.value === chosen) ?? list.querySelector("input");
    again.checked = true;
  }

  // What the server would refuse later is said now, while the worker still stands there.
  form.missing = (shots) => {
    const has = (name) => shots.get(field(name)).length > 0;
    const common = JSON.parse(document.querySelector("[data-grid]").dataset.words);
    const category = field("category_other").value || form.querySelector("[name=category_code]:checked");
    if (field("text").value.trim().length < 2 && !(has("photos") && category)) return common.need_text;
    if (!has("after") && !field("result").value.trim()) return "";
    if (!has("photos")) return common.need_before;
    if (!has("after")) return common.need_after;
    return field("result").value.trim() ? "" : common.need_result;
  };
})();
