// What the bot shows besides words: stars, tags, tracking number, service, place, form.
window.chatCards = (() => {
  "use strict";
  const element = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  };
  const button = (text, className, action) => {
    const node = element("button", `button ${className}`, text);
    node.type = "button";
    node.addEventListener("click", action);
    return node;
  };
  const link = (text, href, className = "button button-secondary button-small") => {
    const node = element("a", className, text);
    node.href = href;
    return node;
  };
  // Only pages of this site: a link in a card is followed without a look at it.
  const ownPath = (url, fallback) => {
    try {
      const parsed = new URL(url, location.href);
      return parsed.pathname + parsed.search;
    } catch { return fallback; }
  };

  function stars(card, chat) {
    const box = element("div", "chat-card star-card");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", chat.words.choose);
    if (card.service_name) box.append(element("p", "", card.service_name));
    chat.words.levels.forEach((text, place) => {
      const level = 5 - place;
      const option = element("button", "star-option");
      option.type = "button";
      if (card.suggested === level) option.classList.add("is-suggested");
      const row = element("span", "star-row", "★".repeat(level));
      row.append(element("span", "star-off", "★".repeat(5 - level)));
      row.setAttribute("aria-hidden", "true");
      option.append(row, element("span", "star-text", text));
      // The bot understands the Chinese name of the level, whatever language the page is in.
      option.addEventListener("click", () => chat.send(["非常满意", "满意", "基本满意", "不满意", "非常不满意"][place], text));
      box.append(option);
    });
    return box;
  }

  function tags(card, chat) {
    const box = element("div", "chat-card");
    const choices = element("div", "choices choices-inline");
    for (const tag of card.options || []) {
      const label = element("label", "choice");
      const input = element("input");
      input.type = "checkbox";
      input.value = tag;
      label.append(input, element("span", "", tag));
      choices.append(label);
    }
    const row = element("p", "button-row");
    row.append(
      button(chat.words.send_tags, "button-small", () => {
        const chosen = [...choices.querySelectorAll(":checked")].map((input) => input.value);
        chat.send(chosen.length ? chosen.join("、") : "跳过");
      }),
      button(chat.words.skip, "button-secondary button-small", () => chat.send("跳过", chat.words.skip)),
    );
    box.append(choices, row);
    return box;
  }

  function tracking(card, chat) {
    const box = element("div", "chat-card");
    const list = element("dl");
    list.append(element("dt", "", chat.words.number), element("dd", "number", card.service_request_id));
    if (card.secret) list.append(element("dt", "", chat.words.secret), element("dd", "number", card.secret));
    const row = element("p", "button-row");
    row.append(link(chat.words.track, `${chat.trackUrl}?number=${encodeURIComponent(card.service_request_id)}`));
    if (navigator.clipboard) {
      const copy = button(chat.words.copy, "button-secondary button-small keeps", async () => {
        const secret = card.secret ? `，${chat.words.secret} ${card.secret}` : "";
        await navigator.clipboard.writeText(`${chat.words.number} ${card.service_request_id}${secret}`);
        copy.textContent = chat.words.copied;
      });
      row.append(copy);
    }
    box.append(list, element("p", "muted", card.secret ? chat.words.keep : ""), row);
    return box;
  }

  function askPlace(card, chat) {
    const box = element("div", "chat-card");
    box.append(button(chat.words.locate, "button-secondary button-small keeps", chat.askPosition));
    return box;
  }

  const mapUrl = (base, { latitude, longitude }) => `${base}?${new URLSearchParams({ latitude, longitude })}`;

  // A photo: a small one that opens in full. Its height is known before it is there, so that nothing jumps.
  function photo({ url, width, height }, alt, enlarge) {
    const link = element("a", "bubble-photo");
    link.href = url;
    const image = element("img");
    image.alt = alt;
    image.src = url;
    if (width) { image.width = width; image.height = height; }
    link.append(image);
    link.addEventListener("click", (event) => { event.preventDefault(); enlarge(url, alt); });
    return link;
  }

  function position({ latitude, longitude, label, area }, text, chat) {
    const box = element("div", "chat-card place-card");
    box.append(element("p", "place-name", label || text));
    if (area && area !== label) box.append(element("p", "muted", area));
    if (area) {
      const map = element("img");
      map.src = mapUrl(chat.mapUrl, { latitude, longitude });
      [map.alt, map.width, map.height] = [`${chat.words.map}：${area}`, 320, 160];
      box.append(map);
    }
    return box;
  }

  function linkCard(text, href) {
    const box = element("div", "chat-card");
    box.append(link(text, href));
    return box;
  }

  const makers = {
    stars, tags, tracking,
    ask_location: askPlace,
    service: (card, chat) => linkCard(`${chat.words.service}：${card.service_name}`, ownPath(card.url, "/services")),
    form_link: (card, chat) => linkCard(chat.words.form, chat.reportUrl),
  };

  return {
    element, button, link, photo, position, mapUrl,
    // Cards that are a better form of the quick replies beside them.
    replacesReplies: (type) => type === "stars" || type === "tags",
    make: (card, chat) => (makers[card?.type] ? makers[card.type](card, chat) : null),
  };
})();
