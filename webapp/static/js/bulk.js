// Reply templates on the page of bulk steps: placeholders stay as they are, each case fills in its own.
(() => {
  "use strict";
  const box = document.querySelector("textarea[name=note]");
  if (!box) return;
  const buttons = [...document.querySelectorAll("[data-fill-note]")];
  const insert = (button) => { box.setRangeText(button.dataset.fillNote, box.selectionStart, box.selectionEnd, "end"); box.focus(); };
  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => insert(button));
  }
  document.addEventListener("keydown", (event) => {
    const nth = event.altKey && !event.ctrlKey && /^Digit([1-9])$/.exec(event.code)?.[1];
    if (!nth || !buttons[nth - 1]) return;
    event.preventDefault();
    insert(buttons[nth - 1]);
  });
})();
