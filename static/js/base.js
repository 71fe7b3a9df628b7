/* What every page shares. Nothing here is needed to use memweb; it only makes it quicker.
 *
 * data-shortcut="a"        on a link, button or field: the key that presses or focuses it
 * data-shortcut-label      its name in the help panel (otherwise its text)
 * data-focus               on an element of a fragment: takes the focus after htmx swapped it in
 * data-dropzone            on a label around a file input: files can be dropped on it
 * data-dropzone-files      inside it: names the chosen files
 * data-dismiss             on a button: removes the toast around it
 * data-error-text          in an error page: the sentence a toast quotes
 */
(() => {
  "use strict";

  const root = document.documentElement;
  const SWITCH = "memweb-shortcuts";
  const TOAST_MS = 8000;
  root.classList.add("js");

  // ---- Keyboard shortcuts (WCAG 2.1.4: they can be switched off) --------------------------------

  function shortcutsOn() {
    try {
      return localStorage.getItem(SWITCH) !== "off";
    } catch {
      return true; // storage is barred: the default holds
    }
  }

  function showShortcutsState() {
    root.classList.toggle("shortcuts-on", shortcutsOn());
    for (const element of document.querySelectorAll("[data-shortcut]")) {
      if (shortcutsOn()) {
        element.setAttribute("aria-keyshortcuts", element.dataset.shortcut);
      } else {
        element.removeAttribute("aria-keyshortcuts");
      }
    }
  }

  function isTyping(element) {
    return Boolean(
      element?.closest?.("textarea, select, [contenteditable]") ||
        (element?.matches?.("input") &&
          !["button", "checkbox", "radio", "submit", "reset", "file"].includes(element.type)),
    );
  }

  function isUsable(element) {
    return element.checkVisibility?.({ visibilityProperty: true }) !== false && !element.disabled;
  }

  function shortcutElements() {
    return [...document.querySelectorAll("[data-shortcut]")].filter(isUsable);
  }

  function shortcutName(element) {
    if (element.dataset.shortcutLabel) {
      return element.dataset.shortcutLabel;
    }
    const copy = element.cloneNode(true);
    copy.querySelectorAll("kbd, svg, [hidden]").forEach((part) => part.remove());
    return copy.textContent.trim() || element.getAttribute("aria-label") || element.name || "";
  }

  function openHelp() {
    const dialog = document.getElementById("shortcuts");
    if (!dialog || dialog.open) {
      return;
    }
    const list = dialog.querySelector("[data-shortcuts-list]");
    list.replaceChildren();
    const rows = shortcutElements().map((element) => [
      element.dataset.shortcut,
      shortcutName(element),
    ]);
    for (const [key, name] of [...rows, ["?", "This list"]]) {
      const term = document.createElement("dt");
      const kbd = document.createElement("kbd");
      const description = document.createElement("dd");
      kbd.textContent = key;
      description.textContent = name;
      term.append(kbd);
      list.append(term, description);
    }
    dialog.querySelector("[data-shortcuts-switch]").checked = shortcutsOn();
    dialog.showModal();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeSwitchers(null);
      return;
    }
    if (
      event.defaultPrevented ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.isComposing ||
      event.repeat ||
      !shortcutsOn() ||
      isTyping(event.target) ||
      document.querySelector("dialog[open]")
    ) {
      return;
    }
    if (event.key === "?") {
      event.preventDefault();
      openHelp();
      return;
    }
    const element = shortcutElements().find((one) => one.dataset.shortcut === event.key);
    if (element) {
      event.preventDefault();
      if (element.matches("input, textarea, select")) {
        element.focus();
      } else {
        element.click();
      }
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-shortcuts-switch]")) {
      try {
        localStorage.setItem(SWITCH, event.target.checked ? "on" : "off");
      } catch {
        // Without storage the choice cannot be kept.
      }
      showShortcutsState();
    }
  });

  // ---- Menus, toasts ------------------------------------------------------------------------------

  function closeSwitchers(except) {
    for (const open of document.querySelectorAll(".switcher[open]")) {
      if (open !== except) {
        open.open = false;
      }
    }
  }

  document.addEventListener("click", (event) => {
    closeSwitchers(event.target.closest(".switcher"));
    if (event.target.closest("[data-shortcuts-open]")) {
      openHelp();
    }
    event.target.closest("[data-dismiss]")?.closest(".toast")?.remove();
  });

  function expire(toast) {
    const lasting = toast.matches(".toast--error, .toast--warning") || toast.querySelector("a, form");
    if (lasting) {
      return;
    }
    const remove = () => {
      // One that stands in the page stays: what is below would jump under somebody's finger.
      if (getComputedStyle(toast.parentElement || toast).position !== "fixed") {
        return;
      }
      if (toast.matches(":hover, :focus-within")) {
        setTimeout(remove, TOAST_MS / 2);
      } else {
        toast.remove();
      }
    };
    setTimeout(remove, TOAST_MS);
  }

  function toastError(text) {
    const region = document.getElementById("messages");
    if (!region || [...region.children].some((one) => one.textContent.trim() === text)) {
      return;
    }
    const toast = document.createElement("div");
    const body = document.createElement("div");
    const close = document.createElement("button");
    toast.className = "toast toast--error";
    body.className = "toast__text";
    body.textContent = text;
    close.className = "toast__close";
    close.type = "button";
    close.dataset.dismiss = "";
    close.setAttribute("aria-label", "Dismiss");
    close.textContent = "×";
    toast.append(body, close);
    region.append(toast);
  }

  // ---- htmx: pages in place of fragments, errors, focus ---------------------------------------------

  function parsed(xhr) {
    return new DOMParser().parseFromString(xhr.responseText || "", "text/html");
  }

  function isPage(xhr) {
    return /^\s*<!doctype html/i.test(xhr.responseText || "");
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event;
    const { xhr, requestConfig } = detail;
    const asked = new URL(requestConfig.path, location.href).pathname;
    const got = xhr.responseURL ? new URL(xhr.responseURL).pathname : asked;
    const wantsPage = detail.target === document.body || requestConfig.elt.closest("[hx-select]");
    // A redirect (to sign-in, say) that ended on a whole page: go there, never nest it.
    if (detail.shouldSwap && isPage(xhr) && got !== asked && !wantsPage) {
      detail.shouldSwap = false;
      location.assign(xhr.responseURL);
      return;
    }
    // A click that led to an error page shows it; a failed poll or form keeps what is on the screen.
    const polls = requestConfig.elt.matches('[hx-trigger*="every"], [hx-trigger*="load"]');
    const main = document.getElementById("main");
    if (detail.isError && requestConfig.verb === "get" && !polls && main && isPage(xhr)) {
      if (parsed(xhr).getElementById("main")) {
        detail.shouldSwap = true;
        detail.isError = false;
        detail.target = main;
        detail.selectOverride = "#main";
        detail.swapOverride = "outerHTML";
      }
    }
  });

  document.addEventListener("htmx:responseError", (event) => {
    const text = parsed(event.detail.xhr).querySelector("[data-error-text]")?.textContent.trim();
    toastError(text || `The server answered ${event.detail.xhr.status}. Nothing was saved; try again.`);
  });

  document.addEventListener("htmx:sendError", () => {
    toastError("The server cannot be reached. Nothing was saved; try again.");
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const swapped = event.detail.elt;
    const target = swapped.matches?.("[data-focus]") ? swapped : swapped.querySelector?.("[data-focus]");
    target?.focus();
    showShortcutsState();
    enhance(document);
  });

  // ---- Forms -----------------------------------------------------------------------------------------

  document.addEventListener("submit", (event) => {
    const form = event.target;
    // htmx has taken the event for its own forms and disables them through hx-disabled-elt.
    if (event.defaultPrevented || form.method !== "post") {
      return;
    }
    if (form.dataset.submitting) {
      event.preventDefault();
      return;
    }
    form.dataset.submitting = "true";
    event.submitter?.setAttribute("aria-busy", "true");
  });

  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-submitting]")) {
      delete form.dataset.submitting;
      form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
    }
  });

  function nameFiles(zone, input) {
    const names = [...input.files].map((file) => file.name);
    const output = zone.querySelector("[data-dropzone-files]");
    if (output) {
      output.textContent = names.length > 3 ? `${names.length} files chosen` : names.join(", ");
    }
  }

  function enhanceDropzone(zone) {
    const input = zone.querySelector('input[type="file"]');
    const over = (on) => (event) => {
      event.preventDefault();
      zone.classList.toggle("is-over", on);
    };
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (event) => {
      over(false)(event);
      if (event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
    input.addEventListener("change", () => nameFiles(zone, input));
  }

  function enhance(scope) {
    // A graph wider than the screen begins at its middle, where the entity in question stands.
    for (const frame of scope.querySelectorAll(".graph-frame:not([data-enhanced])")) {
      frame.dataset.enhanced = "true";
      frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
    }
    for (const zone of scope.querySelectorAll("[data-dropzone]:not([data-enhanced])")) {
      zone.dataset.enhanced = "true";
      enhanceDropzone(zone);
    }
  }

  const region = document.getElementById("messages");
  if (region) {
    region.querySelectorAll(".toast").forEach(expire);
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) {
          if (node.matches?.(".toast")) {
            expire(node);
          }
        }
      }
    }).observe(region, { childList: true });
  }
  showShortcutsState();
  enhance(document);
})();
