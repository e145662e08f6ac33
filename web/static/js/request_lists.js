// The lists beside the timeline: up and down go from line to line, a letter presses the line's button of that letter.
// What is answered, to them or to a move, opens below the timeline with the keyboard in it, and Escape closes it.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const lists = document.getElementById("request-lists");
  const answer = document.getElementById("move");

  lists.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const lines = [...lists.querySelectorAll(".request-line > a")];
    const line = event.target.closest(".request-line");
    const at = lines.indexOf(line?.querySelector("a"));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      lines[Math.min(Math.max(0, at + step), lines.length - 1)]?.focus();
    } else {
      const button = line?.querySelector(`[data-letter="${CSS.escape(event.key.toLowerCase())}"]`);
      if (!button) return;
      button.click();
    }
    event.preventDefault();
  });
  // Back to the line that was asked about, once its answer is closed.
  let asked = null;
  lists.addEventListener("click", (event) => { asked = event.target.closest("button[data-letter]")?.id || asked; });
  const close = () => {
    answer.replaceChildren();
    document.getElementById(asked)?.closest(".request-line").querySelector("a").focus();
    asked = null;
  };
  answer.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  answer.addEventListener("click", (event) => { if (event.target.closest("[data-dismiss]")) close(); });
});
