// The planner's verdict about a move opens with the keyboard in it; Escape, or the button that leaves it, closes it.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const answer = document.getElementById("move");
  let asked = null;
  document.addEventListener("submit", (event) => { if (!answer.contains(event.target)) asked = event.submitter; });
  const close = () => {
    answer.replaceChildren();
    asked?.focus();
  };
  answer.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  answer.addEventListener("click", (event) => { if (event.target.closest("[data-dismiss]")) close(); });
});
