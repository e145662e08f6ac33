// Pages that keep themselves up to date: ask with the tag of what is shown, so that "nothing changed" costs nothing.
"use strict";

const tags = new WeakMap();

// What is held must not be swapped away from under the hand: nothing is asked for then, nor is an answer on its way shown.
const isHeld = (element) => "moving" in document.body.dataset && "live" in element.dataset;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isHeld(event.detail.elt)) event.preventDefault();
});

document.addEventListener("htmx:configRequest", (event) => {
  const tag = tags.get(event.detail.elt);
  if (tag) event.detail.headers["If-None-Match"] = tag;
  // Which lanes are shown, so that only those that look different now are sent.
  const lanes = [...document.querySelectorAll(".lane[data-tag]")].map((lane) => lane.dataset.tag);
  if ("live" in event.detail.elt.dataset && lanes.length) event.detail.headers["X-Lanes"] = lanes.join(",");
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const asked = event.detail.requestConfig.elt;
  if (isHeld(asked)) event.preventDefault();
  const tag = event.detail.xhr.getResponseHeader("ETag");
  if (tag && "live" in asked.dataset && !isHeld(asked)) tags.set(asked, tag);
});

const showOffline = (isOffline) => {
  document.getElementById("offline").hidden = !isOffline;
};

document.addEventListener("htmx:sendError", () => showOffline(true));
document.addEventListener("htmx:timeout", () => showOffline(true));
document.addEventListener("htmx:responseError", (event) => showOffline(event.detail.xhr.status >= 500));
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.xhr.status && event.detail.xhr.status < 500) showOffline(false);
});

// A form that is refused comes back as a whole page, filled in: the browser sends it once more by itself and shows that.
document.addEventListener("htmx:responseError", (event) => {
  const { elt: form, xhr, requestConfig } = event.detail;
  const sent = requestConfig.triggeringEvent;
  if (sent?.type !== "submit" || sent.target !== form || xhr.status >= 500) return;
  if (sent.submitter?.name) {
    const pressed = Object.assign(document.createElement("input"), { type: "hidden", name: sent.submitter.name });
    pressed.value = sent.submitter.value;
    form.append(pressed);
  }
  form.submit();
});

// What is wider than its window is scrolled by keyboard, too: a box that is cut off can be reached with Tab.
const openToKeyboard = () => {
  for (const box of document.querySelectorAll(".panel, .scrolling, .scroll, .wide:not(.page), .figures")) {
    if (box.scrollWidth > box.clientWidth && !box.hasAttribute("tabindex")) box.tabIndex = 0;
  }
};
document.addEventListener("DOMContentLoaded", openToKeyboard);
document.addEventListener("htmx:afterSettle", openToKeyboard);
window.addEventListener("resize", openToKeyboard);

// On a telephone the row of pages is wider than the window: the one shown is brought into view.
document.addEventListener("DOMContentLoaded", () => {
  const row = document.querySelector(".all-day");
  const shown = row?.querySelector("[aria-current]");
  if (shown) row.scrollLeft = shown.offsetLeft - row.offsetLeft - 16;
});

// What is needed at once has a key of its own, with Alt, so that it can be pressed from anywhere and by nobody who types.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const wanted = document.querySelector(`[data-alt-key="${CSS.escape(event.code)}"]`);
  if (!wanted) return;
  event.preventDefault();
  wanted.click();
});
