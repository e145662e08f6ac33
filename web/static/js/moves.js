// Moving visits: by dragging, or picked up with M and moved with the arrow keys. The planner is asked before anything happens.
"use strict";

const KEY_STEPS = 3; // a quarter of an hour

document.addEventListener("DOMContentLoaded", () => {
  const timeline = document.getElementById("timeline");
  const body = document.getElementById("timeline-body");
  const ask = document.getElementById("ask");
  const detail = document.getElementById("detail");
  const marker = document.createElement("span");
  marker.className = "marker";
  let held = null; // { block, lane, step, grabbed }

  const stepWidth = () => timeline.querySelector(".track").offsetWidth / Number(body.dataset.steps);
  const lengthOf = (block) => Math.max(1, Math.round(block.offsetWidth / stepWidth()));

  // The shift in a lane that a step lies in, else the one nearest to it.
  const shiftAt = (lane, step) => {
    const away = (band) => Math.max(Number(band.dataset.from) - step, step - Number(band.dataset.until) + 1, 0);
    return [...lane.querySelectorAll("[data-shift]")].sort((a, b) => away(a) - away(b))[0];
  };

  const show = () => {
    marker.style.setProperty("--s", held.step);
    marker.style.setProperty("--n", lengthOf(held.block));
    const track = held.lane.querySelector(".track");
    if (marker.parentElement !== track) track.append(marker);
  };

  const pickUp = (block) => {
    held = { block, lane: block.closest(".lane"), step: Number(block.dataset.step), grabbed: 0 };
    block.classList.add("held-up");
    document.body.dataset.moving = "";
  };

  const letGo = () => {
    held?.block.classList.remove("held-up");
    held = null;
    marker.remove();
    delete document.body.dataset.moving;
  };

  const drop = () => {
    const { block, lane, step } = held;
    const shift = shiftAt(lane, step);
    letGo();
    if (!shift) return;
    const at = new Date(new Date(body.dataset.from).getTime() + step * 5 * 60 * 1000);
    ask.elements.visit.value = block.dataset.visit;
    ask.elements.shift.value = shift.dataset.shift;
    ask.elements.at.value = at.toISOString();
    ask.elements.lock.value = block.dataset.lock;
    ask.requestSubmit();
  };

  timeline.addEventListener("dragstart", (event) => {
    const block = event.target.closest("[data-visit]");
    if (!block) return;
    pickUp(block);
    held.grabbed = event.clientX - block.getBoundingClientRect().left;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", block.dataset.visit);
  });
  timeline.addEventListener("dragover", (event) => {
    const track = held && event.target.closest(".track");
    if (!track) return;
    event.preventDefault();
    const x = event.clientX - track.getBoundingClientRect().left - held.grabbed;
    held.lane = track.closest(".lane");
    held.step = Math.min(Math.max(0, Math.round(x / stepWidth())), Number(body.dataset.steps) - 1);
    show();
  });
  timeline.addEventListener("drop", (event) => {
    if (!held) return;
    event.preventDefault();
    drop();
  });
  document.addEventListener("dragend", letGo);

  const otherLane = (sibling) => {
    let lane = held.lane[sibling];
    while (lane && !lane.querySelector("[data-shift]")) lane = lane[sibling];
    if (lane) held.lane = lane;
  };
  const byKey = {
    ArrowLeft: () => { held.step = Math.max(0, held.step - KEY_STEPS); },
    ArrowRight: () => { held.step = Math.min(Number(body.dataset.steps) - 1, held.step + KEY_STEPS); },
    ArrowUp: () => otherLane("previousElementSibling"),
    ArrowDown: () => otherLane("nextElementSibling"),
  };
  const say = () => {
    const at = new Date(new Date(body.dataset.from).getTime() + held.step * 5 * 60 * 1000);
    const name = held.lane.querySelector(".lane-name b").textContent;
    const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: body.dataset.zone });
    detail.textContent = `${name} ${time} · ${detail.dataset.pickedUp.replace("{code}", held.block.querySelector("b").textContent)}`;
    detail.classList.add("filled");
  };

  // Before the timeline's own keys: while a visit is held, the arrows move it and nothing else.
  timeline.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const block = event.target.closest("[data-visit]");
    if (!held) {
      if (event.key.toLowerCase() !== "m" || !block) return;
      pickUp(block);
    } else if (event.key === "Enter") {
      drop();
    } else if (event.key === "Escape") {
      letGo();
      detail.textContent = detail.dataset.hint;
    } else if (byKey[event.key]) {
      byKey[event.key]();
    } else {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (held) {
      show();
      say();
      marker.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }, true);
});
