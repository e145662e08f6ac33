// What one writes, kept in the telephone until it has been entered.
import { draw } from "./drawing.js";
import { make } from "./elements.js";
import * as memory from "./memory.js";
import { state } from "./state.js";

let boxes = {}; // by visit and name: only what somebody has touched

// What stands in the boxes of a form: `empty` says which there are, and what stands in those nobody has touched.
export const written = (visit, empty) => ({ ...empty, ...boxes[visit.code] });
export const boxOf = (code, name) => (boxes[code] || {})[name];
export const write = (visit, name, value) => {
  (boxes[visit.code] = boxes[visit.code] || {})[name] = value;
  const isNowFull = (isFull) => {
    if (state.isFull === isFull) return;
    state.isFull = isFull;
    draw();
  };
  memory.keepBox(visit.code, name, value).then(() => isNowFull(false), () => isNowFull(true));
};

export const recallBoxes = async () => {
  boxes = await memory.readBoxes();
};

export const emptyBoxes = (visit, names) => names.forEach((name) => delete (boxes[visit.code] || {})[name]);

export const typed = (visit, empty, name, attributes = {}, tag = "input") => {
  const input = make(tag, { id: `${name}-${visit.code}`, ...attributes, oninput: (event) => write(visit, name, event.target.value) });
  input.value = written(visit, empty)[name];
  return input;
};

export const chosen = (visit, empty, name, options) =>
  make("select", { id: `${name}-${visit.code}`, onchange: (event) => { write(visit, name, event.target.value); draw(); } },
    options.map(([value, text]) => make("option", { value, selected: written(visit, empty)[name] === value }, text)));
