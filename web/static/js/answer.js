// What a question is answered with opens below with the keyboard in it; Escape, or the button that leaves it, closes it
// and leads back to where the question was asked.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const answer = document.getElementById("move");
  let asked = document.body;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === answer && !answer.contains(document.activeElement)) asked = document.activeElement;
  });
  const close = () => {
    answer.replaceChildren();
    // A page that keeps itself up to date may have drawn it anew, with the same id.
    (asked.isConnected ? asked : document.getElementById(asked.id))?.focus();
  };
  answer.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  answer.addEventListener("click", (event) => { if (event.target.closest("[data-dismiss]")) close(); });
});
