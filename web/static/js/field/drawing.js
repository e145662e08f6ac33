// Drawing the page anew, without taking anything out of a technician's hand.
import { findVisit, state } from "./state.js";
import { say } from "./words.js";

const app = document.getElementById("app");

// What the page shows now, as a list of elements; page.js says what that is.
let paint = () => [];
export const drawWith = (painter) => {
  paint = painter;
};

export const complain = (words) => {
  state.hint = words;
  draw();
};

// What is in hand keeps the page still: a button replaced under a finger would swallow the tap, a pad the stroke, and
// a box the word that is still being composed. The page is drawn anew as soon as it is let go.
const LONGEST_HOLD_MILLISECONDS = 10000;
const TAP_MILLISECONDS = 50;
const held = { timer: 0, isStale: false };
const letGo = () => {
  held.timer = 0;
  if (held.isStale) draw();
};

const holdFor = (milliseconds) => {
  clearTimeout(held.timer);
  held.timer = setTimeout(letGo, milliseconds);
};

export const watchHands = () => {
  const isChoice = (event) => event.target instanceof HTMLSelectElement;
  for (const began of ["pointerdown", "compositionstart", "compositionupdate"]) addEventListener(began, () => holdFor(LONGEST_HOLD_MILLISECONDS), true);
  // A list stays open after the finger has gone, and a tap's click comes after the finger.
  for (const ended of ["pointerup", "pointercancel", "compositionend", "change"]) {
    addEventListener(ended, (event) => (isChoice(event) && ended !== "change" ? undefined : holdFor(TAP_MILLISECONDS)), true);
  }
};

// A word more at the top must not move what is about to be touched: it stays where it is on the screen.
const firstInView = () => [...app.querySelectorAll(".part, .big")].find((one) => one.id && one.getBoundingClientRect().bottom > 0);
const keepInPlace = (before, top) => {
  const after = before && document.getElementById(before.id);
  if (after) scrollBy(0, after.getBoundingClientRect().top - top);
};

export const draw = () => {
  if (!state.day) return;
  held.isStale = Boolean(held.timer);
  if (held.isStale) return;
  const active = document.activeElement && document.activeElement.id;
  const caret = document.activeElement && document.activeElement.selectionStart;
  const visit = findVisit(decodeURIComponent(location.hash.slice(1)));
  const drawn = state.code;
  if (state.code !== (visit ? visit.code : "")) {
    state.code = visit ? visit.code : "";
    state.hint = "";
    scrollTo(0, 0);
  }
  document.documentElement.lang = state.day.language;
  document.querySelectorAll("[data-day]").forEach((element) => {
    const who = element.dataset.day === "with-name" ? `${state.day.technician} ${state.day.number} · ` : "";
    element.textContent = `${who}${state.day.on} · ${state.day.hours}`;
  });
  document.querySelectorAll("[data-hotline]").forEach((element) => {
    element.href = `tel:${state.day.hotline}`;
    element.textContent = say("route.call_us", { number: state.day.hotline });
  });
  const still = state.code === drawn ? firstInView() : null;
  const top = still && still.getBoundingClientRect().top;
  app.replaceChildren(...paint(visit).filter(Boolean));
  keepInPlace(still, top);
  const focused = active && document.getElementById(active);
  if (focused) {
    focused.focus({ preventScroll: true });
    if (typeof caret === "number" && focused.setSelectionRange && ["text", "textarea", ""].includes(focused.type)) focused.setSelectionRange(caret, caret);
  }
};
