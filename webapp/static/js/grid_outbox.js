// What waits in the phone, item by item: its words, its photos, its state, and what can be done about it.
self.gridOutbox = (items, tools) => {
  "use strict";
  const { words, queue, send, refresh } = tools;
  const element = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const box = document.querySelector("[data-outbox-list]");
  document.querySelector("[data-outbox-empty]").hidden = items.length > 0;
  document.querySelector("[data-login]").hidden = !items.some((item) => item.state === "login");
  for (const image of box.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  box.replaceChildren(...items.map(entry));

  function entry(item) {
    const node = element("li", `card gw-kept gw-kept-${item.state}`);
    const fields = Object.fromEntries(item.fields);
    node.append(element("h2", "", item.title), element("p", "muted", new Date(item.at).toLocaleString(document.documentElement.lang)));
    node.append(element("p", "gw-state", [words[`state_${item.state}`], item.message].filter(Boolean).join("：")));
    const said = [item.verdict, fields.text, fields.note, fields.result].filter(Boolean).join("\n");
    if (said) node.append(element("p", "prewrap", said));
    const pictures = element("ul", "gw-previews plain-list");
    item.files.forEach((file, place) => {
      const image = element("img", "");
      image.src = URL.createObjectURL(new Blob([file.buffer], { type: file.type }));
      image.alt = `${words.photo} ${place + 1}`;
      const each = element("li", "");
      each.append(image);
      pictures.append(each);
    });
    if (item.files.length) node.append(pictures);
    node.append(choices(item, fields));
    return node;
  }
  function choices(item, fields) {
    const row = element("p", "gw-choices");
    const add = (text, action, className = "button button-secondary") => {
      const button = element("button", className, text);
      button.type = "button";
      button.addEventListener("click", action);
      row.append(button);
    };
    const again = async (changed) => { await queue.put({ ...item, state: "waiting", message: "", ...changed }); send(); };
    const stale = item.state === "conflict" || item.state === "refused";
    if (stale && item.page) {
      const link = element("a", "button", words.see);
      link.href = item.page;
      row.append(link);
    }
    if (stale) add(words.again, () => again({ fields: item.fields.filter(([name]) => name !== "seen") }));
    else add(words.retry, send);
    if (stale && item.note && fields.action !== "add_note") {
      const note = [item.verdict, fields.note].filter(Boolean).join("\n") || item.title;
      add(words.as_note, () => again({ url: item.note, title: `${words.as_note} ${item.title}`, fields: [["action", "add_note"], ["note", note]] }));
    }
    add(words.drop, () => { if (confirm(words.sure)) queue.remove(item.id).then(refresh); }, "button button-quiet");
    return row;
  }
};
