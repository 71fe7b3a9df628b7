/* Review: the message that can undo a decision leaves by itself, because the list of the last
 * decisions undoes it too; in the list of candidates one box ticks all. */
(() => {
  "use strict";

  const TOAST_MS = 8000;

  function leave(toast) {
    if (toast.matches(":hover, :focus-within")) {
      setTimeout(leave, TOAST_MS / 2, toast);
    } else {
      toast.remove();
    }
  }

  function watch(region) {
    for (const toast of region.querySelectorAll(".toast:has(.undo-toast):not([data-leaving])")) {
      toast.dataset.leaving = "true";
      setTimeout(leave, TOAST_MS, toast);
    }
  }

  const region = document.getElementById("messages");
  if (region) {
    watch(region);
    new MutationObserver(() => watch(region)).observe(region, { childList: true });
  }

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
