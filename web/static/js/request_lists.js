// The lists beside the timeline: up and down go from line to line, a letter presses the line's button of that letter.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const lists = document.getElementById("request-lists");

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
});
