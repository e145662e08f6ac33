// Entering: into the telephone first, then on the page, then to the server.
import { emptyBoxes } from "./boxes.js";
import { draw } from "./drawing.js";
import { entryOf, foreseeIn } from "./entries.js";
import * as memory from "./memory.js";
import { sync } from "./sending.js";
import { clearPads } from "./signatures.js";
import { state } from "./state.js";

// Returns whether the telephone has them: if its memory is full, the boxes they were written in stay as they are.
export const enterAll = async (visit, entries, boxes = []) => {
  try {
    await memory.keepEntries(entries, visit.code, boxes);
  } catch {
    state.isFull = true;
    draw();
    return false;
  }
  state.isFull = false;
  emptyBoxes(visit, boxes);
  clearPads();
  state.queue = await memory.all("queue");
  // The day may have been read anew meanwhile: what is shown is the one to change.
  entries.forEach((entry) => foreseeIn(state.day, entry));
  draw();
  memory.tellOthers();
  sync();
  return true;
};

export const enter = (visit, kind, data = {}, boxes = []) => enterAll(visit, [entryOf(visit, kind, data)], boxes);
