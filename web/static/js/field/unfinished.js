// A visit that cannot be finished: why, and the next one booked on the spot.
import { chosen, typed, written } from "./boxes.js";
import { complain, draw } from "./drawing.js";
import { button, field, make, part } from "./elements.js";
import { enter } from "./entering.js";
import { post } from "./sending.js";
import { state } from "./state.js";
import { say } from "./words.js";

const UNFINISHED = { reason: "", unfinished_note: "", next_on: "" };
const askWindows = async (visit) => {
  try {
    const answer = await post(`visits/${visit.code}/windows`, JSON.stringify({ not_before_on: written(visit, UNFINISHED).next_on || null }), "application/json");
    if (!answer.ok) throw new Error(String(answer.status));
    state.windows = { code: visit.code, list: (await answer.json()).windows };
    state.hint = state.windows.list.length ? "" : say("field.no_window");
  } catch {
    state.hint = say("field.next_needs_network");
  }
  draw();
};

const bookNext = async (visit, hold) => {
  try {
    const answer = await post(`visits/${visit.code}/next`, JSON.stringify({ hold_id: hold }), "application/json");
    state.windows = null;
    if (answer.ok) visit.report.next_visit = (await answer.json()).words;
    else state.hint = say("field.window_lost");
  } catch {
    state.hint = say("field.next_needs_network");
  }
  draw();
};

export const unfinished = (visit) => {
  const reasons = [["", say("field.choose_reason")], ...state.day.reasons.map((word) => [word, say(`incomplete_reason.${word}`)])];
  const leave = () => {
    const now = written(visit, UNFINISHED);
    if (!now.reason) return complain(say("field.choose_reason"));
    return enter(visit, "incomplete", { reason: now.reason, note: now.unfinished_note.trim() }, Object.keys(UNFINISHED));
  };
  const offered = state.windows && state.windows.code === visit.code ? state.windows.list : [];
  return part(
    "part-unfinished", say("field.unfinished"), false,
    field(say("field.reason"), chosen(visit, UNFINISHED, "reason", reasons)),
    field(say("field.note"), typed(visit, UNFINISHED, "unfinished_note", { rows: 2, maxlength: 2000 }, "textarea")),
    visit.report.next_visit
      ? make("p", { class: "right", role: "status" }, `✓ ${say("field.next_booked", { window: visit.report.next_visit })}`)
      : make("div", { class: "next" },
          field(say("field.next_on"), typed(visit, UNFINISHED, "next_on", { type: "date" })),
          button(say("field.ask_windows"), () => askWindows(visit)),
          make("div", { class: "acts" }, offered.map((one) => button(one.words, () => bookNext(visit, one.hold_id), "primary")))),
    button(say("field.leave"), leave, "danger"),
  );
};
