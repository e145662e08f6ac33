// The timeline: starts at the present, shows what the pointer or the keyboard is on, moves by arrow keys.
"use strict";

const BEFORE_NOW = 0.15;

document.addEventListener("DOMContentLoaded", () => {
  const timeline = document.getElementById("timeline");
  const detail = document.getElementById("detail");

  const scrollTo = timeline.querySelector(".now:not([hidden])") || timeline.querySelector(".shift");
  const names = timeline.querySelector(".lane-name")?.offsetWidth || 0;
  if (scrollTo) timeline.scrollLeft = scrollTo.offsetLeft - names - (timeline.clientWidth - names) * BEFORE_NOW;

  const show = (block) => {
    detail.textContent = block ? block.dataset.detail : detail.dataset.hint;
    detail.classList.toggle("filled", Boolean(block));
  };
  const blockOf = (event) => event.target.closest("[data-detail]");
  timeline.addEventListener("focusin", (event) => show(blockOf(event)));
  timeline.addEventListener("mouseover", (event) => show(blockOf(event) || document.activeElement.closest("[data-detail]")));
  timeline.addEventListener("mouseleave", () => show(document.activeElement.closest("[data-detail]")));

  const middle = (block) => block.offsetLeft + block.offsetWidth / 2;
  const nearest = (lane, to) =>
    [...lane.querySelectorAll("a.block")].sort((a, b) => Math.abs(middle(a) - to) - Math.abs(middle(b) - to))[0];

  const inLane = (block, step) => {
    const blocks = [...block.closest(".lane").querySelectorAll("a.block")];
    return blocks[blocks.indexOf(block) + step];
  };
  const otherLane = (block, sibling) => {
    let lane = block.closest(".lane")[sibling];
    while (lane && !lane.querySelector("a.block")) lane = lane[sibling];
    return lane && nearest(lane, middle(block));
  };
  const moves = {
    ArrowRight: (block) => inLane(block, 1),
    ArrowLeft: (block) => inLane(block, -1),
    ArrowDown: (block) => otherLane(block, "nextElementSibling"),
    ArrowUp: (block) => otherLane(block, "previousElementSibling"),
  };

  timeline.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    const block = blockOf(event);
    const next = block ? move(block) : timeline.querySelector("a.block");
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
});
