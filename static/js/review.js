/* Review: the message that can undo a decision leaves by itself, because the list of the last
 * decisions undoes it too; each next card is seen from its start; what is typed while a form is on
 * its way goes into the form; in the list of candidates one box ticks all.
 *
 * data-typed-ahead         on a link: what is typed until its form is there goes into the form
 * data-escape              on a link: Esc follows it
 */
(() => {
  "use strict";

  const TOAST_MS = 8000;

  function leave(toast) {
    // One that stands in the page stays: what is below would jump under somebody's finger.
    if (getComputedStyle(toast.parentElement || toast).position !== "fixed") {
      return;
    }
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

  // ---- The card -------------------------------------------------------------------------------

  let typedAhead = null; // what was typed since a form was asked for

  function isCard(element) {
    return Boolean(element?.closest?.("#card, #recent, .undo-toast"));
  }

  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (!isCard(detail.elt) || detail.elt.matches("[data-hold]")) {
      return;
    }
    document.getElementById("card")?.setAttribute("aria-busy", "true");
    const pressed = detail.requestConfig.triggeringEvent?.submitter || detail.elt;
    if (pressed.matches(".button, .chip")) {
      pressed.setAttribute("aria-busy", "true");
    }
    typedAhead = detail.elt.matches("[data-typed-ahead]") ? "" : null;
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    document.getElementById("card")?.removeAttribute("aria-busy");
    if (detail.elt.matches?.(".button, .chip, form")) {
      for (const one of document.querySelectorAll(".button[aria-busy], .chip[aria-busy]")) {
        one.removeAttribute("aria-busy");
      }
    }
    if (!detail.successful) {
      typedAhead = null;
    }
  });

  // While a decision or a form is on its way, keys decide nothing: the next card is not seen yet.
  document.addEventListener(
    "keydown",
    (event) => {
      const card = document.getElementById("card");
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
        const way = card?.querySelector("[data-escape]");
        const changed = [...(card?.querySelectorAll("input, select, textarea") ?? [])].some(isChanged);
        if (way && (!changed || window.confirm("Leave without saving what you changed?"))) {
          way.click();
        }
        return;
      }
      // A form that is asked for is busy until it has settled, some time after its answer came.
      const busy = typedAhead !== null || card?.getAttribute("aria-busy") === "true";
      if (plain && event.key.length === 1 && busy) {
        event.stopImmediatePropagation();
        event.preventDefault();
        if (typedAhead !== null) {
          typedAhead += event.key;
        }
      }
    },
    true,
  );

  function isChanged(field) {
    if (field.type === "hidden" || field.type === "search" || field.form?.id === "decide") {
      return false;
    }
    if (field.matches("select")) {
      const first = [...field.options].findIndex((one) => one.defaultSelected);
      return field.selectedIndex !== Math.max(first, 0);
    }
    return field.matches("[type=checkbox], [type=radio]")
      ? field.checked !== field.defaultChecked
      : field.value !== field.defaultValue;
  }

  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.elt.id !== "card") {
      return;
    }
    const card = document.getElementById("card");
    if (card.getBoundingClientRect().top < 0) {
      card.scrollIntoView({ block: "start" });
    }
    const field = card.querySelector("input[data-focus]");
    if (field && typedAhead !== null) {
      field.focus();
      field.select();
      if (typedAhead) {
        field.setRangeText(typedAhead, 0, field.value.length, "end");
      }
    }
    typedAhead = null;
  });

  // ---- The hold on the card that is open ---------------------------------------------------------

  const IDLE_MS = 10 * 60 * 1000; // who does nothing for so long has gone
  let active = Date.now();

  for (const kind of ["pointerdown", "pointermove", "keydown", "scroll"]) {
    document.addEventListener(kind, () => (active = Date.now()), { passive: true, capture: true });
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    const gone = document.hidden || Date.now() - active > IDLE_MS;
    if (event.detail.elt.matches("[data-hold]") && gone) {
      event.preventDefault();
    }
  });

  document.addEventListener("visibilitychange", () => {
    const hold = document.querySelector("[data-hold]");
    if (hold && !document.hidden) {
      window.htmx.trigger(hold, "renew");
    }
  });

  window.addEventListener("pagehide", () => {
    const hold = document.querySelector("[data-hold]");
    const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
    if (hold) {
      const body = new URLSearchParams({ until: hold.dataset.until });
      fetch(hold.dataset.hold, { method: "POST", body, headers: token, keepalive: true });
    }
  });

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
