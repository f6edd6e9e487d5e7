// Pictures and positions: the panel behind "+", what is looked at before it is sent, and pictures in full.
window.chatMedia = (root, words, chat) => {
  "use strict";
  const { element } = window.chatCards;
  const find = (name) => root.querySelector(`[data-${name}]`);
  const plus = find("plus");
  const panel = find("more");
  const LIMIT = Number(root.dataset.photoLimit);

  function open(on) {
    panel.hidden = !on;
    plus.setAttribute("aria-expanded", String(on));
    if (on) panel.querySelector("button:not([hidden])").focus();
    chat.toBottom();
  }
  plus.addEventListener("click", () => open(panel.hidden));
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { open(false); plus.focus(); }
  });
  for (const tile of panel.querySelectorAll("[data-say]")) {
    tile.addEventListener("click", () => { open(false); chat.send(tile.dataset.say, tile.textContent.trim()); });
  }

  function closable(dialog) {
    for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }

  // Photos: chosen, taken, pasted or dropped; made small, looked at, sent.
  const preview = find("preview");
  const previews = find("previews");
  let chosen = [];
  closable(preview);
  // What opened it is in the panel, which is closed by now.
  preview.addEventListener("close", () => plus.focus());
  preview.addEventListener("close", () => {
    for (const image of previews.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    previews.replaceChildren();
  });
  async function choose(files) {
    const pictures = [...files].filter((file) => file.type.startsWith("image/") || !file.type);
    if (!pictures.length) return;
    open(false);
    find("preview-note").textContent = pictures.length > LIMIT ? words.too_many : "";
    chosen = await Promise.all(pictures.slice(0, LIMIT).map(window.smallerPhoto));
    previews.replaceChildren(...chosen.map((file, place) => {
      const item = element("li");
      const image = element("img");
      image.src = URL.createObjectURL(file);
      image.alt = `${words.photo} ${place + 1}`;
      image.addEventListener("error", () => item.replaceChildren(element("p", "muted", words.no_preview)));
      item.append(image);
      return item;
    }));
    if (!preview.open) preview.showModal();
    find("preview-send").focus();
  }
  find("preview-send").addEventListener("click", async () => {
    const files = chosen;
    chosen = [];
    preview.close();
    for (const file of files) await chat.sendPhoto(file);
  });
  for (const [name, input] of [["pick", find("photos")], ["camera", find("shot")]]) {
    find(name).addEventListener("click", () => input.click());
    input.addEventListener("change", () => { choose(input.files); input.value = ""; });
  }
  // Only where there is a camera in hand; elsewhere it would be a second "choose a file".
  find("camera").closest("li").hidden = !matchMedia("(pointer: coarse)").matches;
  root.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) { event.preventDefault(); choose(event.clipboardData.files); }
  });
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => { event.preventDefault(); choose(event.dataTransfer.files); });

  const lightbox = find("lightbox");
  closable(lightbox);
  function enlarge(src, alt) {
    const image = lightbox.querySelector("img");
    image.src = src;
    image.alt = alt;
    lightbox.showModal();
  }

  // Where: found, shown, completed in words, sent. Where nothing is found the words are sent.
  const place = find("place");
  const say = find("place-say");
  const map = find("place-map");
  const label = find("place-label");
  let point = null;
  let area = "";
  closable(place);
  place.addEventListener("close", () => plus.focus());
  function located(text, pointed = null, name = "") {
    say.textContent = text;
    [point, area] = [pointed, name];
    map.hidden = !name;
    if (name) map.src = window.chatCards.mapUrl(root.dataset.mapUrl, point);
    find("place-send").disabled = false;
  }
  async function named(coords) {
    const here = { latitude: coords.latitude, longitude: coords.longitude };
    try {
      const answer = await (await fetch(`${root.dataset.placesUrl}?${new URLSearchParams(here)}`)).json();
      if (answer.area) located(`${words.near}${answer.name}`, here, answer.name);
      else located(words.outside, here);
    } catch { located(words.found_offline, here); }
  }
  function askPosition() {
    open(false);
    label.value = "";
    located(words.locating);
    find("place-send").disabled = true;
    place.showModal();
    const fail = () => located(words.nowhere);
    if (!navigator.geolocation) { fail(); return; }
    navigator.geolocation.getCurrentPosition(({ coords }) => named(coords), fail, { enableHighAccuracy: true, timeout: 10000 });
  }
  find("position").addEventListener("click", askPosition);
  find("place-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const more = label.value.trim();
    if (!point && !more) { label.focus(); return; }
    place.close();
    if (!point) chat.send(more);
    else chat.sendPosition({ ...point, area, label: more && [area.split(" ").pop(), more].filter(Boolean).join(" ") });
  });

  return { askPosition, enlarge };
};
