// Pads to sign on, kept like what is written.
import { boxOf, emptyBoxes, write } from "./boxes.js";
import { button, make } from "./elements.js";
import { photoEntry } from "./entries.js";
import * as memory from "./memory.js";
import { say } from "./words.js";

const pads = {};

// Pads outlive a redraw of the page and a reload: a signature must not vanish because a photo has just been sent.
const openPad = (visit, name, label) => {
  const canvas = make("canvas", { class: "pad", width: 600, height: 220, "aria-label": label, role: "img" });
  const pen = new SignaturePad(canvas, { backgroundColor: "rgba(0,0,0,0)", penColor: "#10202c" });
  const before = boxOf(visit.code, name);
  if (before) {
    canvas.width = before.width;
    pen.fromData(before.strokes);
  }
  pen.addEventListener("endStroke", () => write(visit, name, { width: canvas.width, strokes: pen.toData() }));
  return { canvas, pen };
};

export const pad = (visit, name, label) => {
  const key = `${visit.code}:${name}`;
  pads[key] = pads[key] || openPad(visit, name, label);
  const { canvas, pen } = pads[key];
  const fit = () => {
    if (canvas.offsetWidth && pen.isEmpty() && Math.abs(canvas.width - canvas.offsetWidth) > 1) canvas.width = canvas.offsetWidth;
  };
  requestAnimationFrame(fit);
  canvas.onpointerenter = fit;
  const clear = () => {
    pen.clear();
    emptyBoxes(visit, [name]);
    memory.forgetBoxes(visit.code, [name]).catch(() => {});
  };
  return make("div", { class: "field" }, make("span", {}, label), canvas, button(say("field.clear"), clear, "quiet"));
};

// A pad goes with its box: what has been entered, here or in another window, is not signed a second time.
export const clearPads = () => {
  for (const key of Object.keys(pads)) {
    if (!boxOf(...key.split(":"))) delete pads[key];
  }
};

export const isSigned = (visit, ...names) => names.every((name) => pads[`${visit.code}:${name}`] && !pads[`${visit.code}:${name}`].pen.isEmpty());
export const signatureEntry = async (visit, name) => {
  const blob = await new Promise((resolve) => pads[`${visit.code}:${name}`].canvas.toBlob(resolve, "image/png"));
  return photoEntry(visit, "signature", blob);
};
