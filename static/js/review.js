/* The list of candidates: one box ticks all, and the button says how many are ticked. */
(() => {
  "use strict";

  for (const form of document.querySelectorAll("[data-batch]")) {
    const all = form.querySelector("[data-tick-all]");
    const shown = form.querySelector("[data-ticked]");
    const boxes = [...form.querySelectorAll('input[name="candidate"]')];
    if (!all || !shown) {
      continue;
    }
    const tell = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      shown.textContent = ticked ? ` (${ticked})` : "";
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    };
    form.addEventListener("change", (event) => {
      if (event.target === all) {
        for (const box of boxes) {
          box.checked = all.checked;
        }
      }
      tell();
    });
    // The browser may bring ticks back when somebody returns to the page.
    window.addEventListener("pageshow", tell);
  }
})();
