// The report form: selects that follow each other, position, previews, and words that survive a closed page.
(() => {
  "use strict";
  const form = document.querySelector("[data-report]");
  if (!form) return;
  const element = (tag, className) => Object.assign(document.createElement(tag), { className });

  // One long select becomes district → street → community; the original stays, hidden, and is what gets sent.
  const picker = form.querySelector("[data-area-picker]");
  function cascade() {
    const labels = JSON.parse(picker.dataset.labels);
    const options = [...picker.options].filter((o) => o.value).map((o) => ({
      code: o.value, name: o.textContent.trim(), level: +o.dataset.level, parent: o.dataset.parent,
    }));
    const byCode = new Map(options.map((o) => [o.code, o]));
    const box = element("div", "field-row");
    const selects = [2, 3, 4].map((level) => {
      const field = element("div", "field");
      const label = element("label");
      const select = element("select", "input");
      select.id = `area-level-${level}`;
      label.htmlFor = select.id;
      label.textContent = labels[level];
      field.append(label, select);
      box.append(field);
      return select;
    });
    const fillFrom = (place, parent, chosen = "") => {
      const select = selects[place];
      select.replaceChildren(new Option(labels.any, ""));
      const shown = place === 0 ? options.filter((o) => o.level === 2) : options.filter((o) => parent && o.parent === parent);
      for (const o of shown) select.add(new Option(o.name, o.code, false, o.code === chosen));
      select.disabled = place > 0 && !shown.length;
    };
    const set = (code) => {
      const line = [];
      for (let at = byCode.get(code); at; at = byCode.get(at.parent)) line.unshift(at.code);
      selects.forEach((_, place) => fillFrom(place, line[place - 1], line[place]));
      picker.value = code;
    };
    selects.forEach((select, place) => select.addEventListener("change", () => {
      set(select.value || selects[place - 1]?.value || "");
      forgetPosition();
    }));
    set(picker.value);
    picker.hidden = true;
    form.querySelector(`label[for="${picker.id}"]`).hidden = true;
    picker.after(box);
    picker.addEventListener("located", (event) => set(event.detail));
  }

  function forgetPosition() {
    form.elements.latitude.value = "";
    form.elements.longitude.value = "";
    form.querySelector("[data-locate-answer]").textContent = "";
  }

  const locate = form.querySelector("[data-locate]");
  function offerPosition() {
    const say = form.querySelector("[data-locate-answer]");
    locate.hidden = !navigator.geolocation;
    locate.addEventListener("click", () => {
      say.textContent = locate.dataset.asking;
      const fail = () => { say.textContent = locate.dataset.failed; };
      navigator.geolocation.getCurrentPosition(async ({ coords }) => {
        try {
          const query = new URLSearchParams({ latitude: coords.latitude, longitude: coords.longitude });
          const answer = await (await fetch(`${locate.dataset.locate}?${query}`)).json();
          if (!answer.area) { say.textContent = answer.message; return; }
          form.elements.latitude.value = coords.latitude;
          form.elements.longitude.value = coords.longitude;
          picker.dispatchEvent(new CustomEvent("located", { detail: answer.picked }));
          say.textContent = `${locate.dataset.found}${answer.name}`;
        } catch { fail(); }
      }, fail, { enableHighAccuracy: true, timeout: 10000 });
    });
  }

  // Photos: at most so many, made small before they travel, and shown.
  const photos = form.querySelector("input[type=file]");
  const previews = form.querySelector("[data-photo-previews]");
  let shrinking = null;
  photos?.addEventListener("change", () => { shrinking = takePhotos().finally(() => { shrinking = null; }); });
  async function takePhotos() {
    for (const image of previews.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    previews.replaceChildren();
    const kept = new DataTransfer();
    for (const file of [...photos.files].slice(0, +photos.dataset.limit)) kept.items.add(await window.smallerPhoto(file));
    photos.files = kept.files;
    [...photos.files].forEach((file, place) => {
      const item = element("li");
      const image = element("img");
      image.src = URL.createObjectURL(file);
      image.alt = `${previews.dataset.alt} ${place + 1}`;
      item.append(image);
      previews.append(item);
    });
  }

  // A form that comes back comes without its photos: what can be seen to be wrong is said before it is sent.
  const phone = form.querySelector("input[data-invalid]");
  phone?.addEventListener("input", () => phone.setCustomValidity(""));
  if (photos) form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    if (submitter?.name === "back") return;
    const digits = phone.value.replace(/\D/g, "");
    if (phone.value.trim() && (digits.length < 7 || digits.length > 15)) {
      event.preventDefault();
      phone.setCustomValidity(phone.dataset.invalid);
      phone.reportValidity();
    } else if (shrinking) {
      event.preventDefault();
      await shrinking;
      form.requestSubmit(submitter);
    }
  });

  // Words typed and not sent are there again on return; sending forgets them.
  const text = form.querySelector("textarea[name=text]");
  const KEY = "minping-report-text";
  try {
    if (text) {
      text.value ||= localStorage.getItem(KEY) || "";
      text.addEventListener("input", () => localStorage.setItem(KEY, text.value));
    } else form.addEventListener("submit", (event) => { if (event.submitter?.name !== "back") localStorage.removeItem(KEY); });
  } catch { /* private mode: nothing is kept */ }

  if (picker) cascade();
  if (locate) offerPosition();
})();
