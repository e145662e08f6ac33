// A call replayed on the drawn menu: one step at a time, by the arrow keys or the buttons.
"use strict";

const way = document.getElementById("call-way");
const steps = [...document.querySelectorAll("#call-steps [data-node]")];
const places = new Map([...way.querySelectorAll("[data-place]")].map((place) => [place.dataset.place, place]));
let at = -1;

const show = (next) => {
  if (!steps.length) return;
  at = Math.max(0, Math.min(steps.length - 1, next));
  for (const step of steps) step.toggleAttribute("data-current", step === steps[at]);
  for (const [name, place] of places) place.toggleAttribute("data-current", name === steps[at].dataset.node);
  const count = document.getElementById("step-count");
  count.textContent = count.dataset.words.replace("{step}", at + 1).replace("{steps}", steps.length);
  document.getElementById("step-text").textContent = steps[at].querySelector("p").textContent;
  places.get(steps[at].dataset.node)?.scrollIntoView({ block: "nearest", inline: "center" });
};

const moves = { first: () => show(0), back: () => show(at - 1), on: () => show(at + 1), last: () => show(steps.length - 1) };
const keys = { Home: "first", ArrowLeft: "back", ArrowRight: "on", End: "last" };

for (const button of document.querySelectorAll("#way-keys [data-move]")) {
  button.addEventListener("click", moves[button.dataset.move]);
}
way.addEventListener("keydown", (event) => {
  const move = keys[event.key];
  if (!move) return;
  event.preventDefault();
  moves[move]();
});
document.getElementById("way-keys").hidden = false;
show(0);
