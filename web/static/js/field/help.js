// Help by telephone, and experts asked in writing.
import { typed, written } from "./boxes.js";
import { complain } from "./drawing.js";
import { button, field, make, part } from "./elements.js";
import { enter } from "./entering.js";
import { say } from "./words.js";

const HELP = { help_note: "" };
export const expertReport = (visit, one) =>
  make(
    "section", { class: "note" },
    make("p", {}, make("b", {}, `${one.number} ${say(`exception_state.${one.state}`)}`), one.state === "open" && one.until ? ` · ${say("field.experts_until", { at: one.until })}` : ""),
    make("p", {}, one.problem),
    one.answer ? make("p", { class: "answer" }, one.answer) : null,
    one.state === "answered"
      ? make("div", { class: "acts" },
          button(say("field.answer_helped"), () => enter(visit, "tried_answer", { report: one.report, is_solved: true }), "primary"),
          button(say("field.answer_failed"), () => enter(visit, "tried_answer", { report: one.report, is_solved: false }), "danger"))
      : null,
  );
export const help = (visit) => {
  const words = () => written(visit, HELP).help_note.trim();
  const call = async () => (await enter(visit, "need_help", { note: words() }, Object.keys(HELP))) && complain(say("field.help_asked"));
  const ask = async () => {
    if (!words()) return complain(say("field.problem_empty"));
    return (await enter(visit, "ask_experts", { problem: words() }, Object.keys(HELP))) && complain(say("field.experts_asked"));
  };
  return part(
    "part-help", say("field.need_help"), false,
    field(say("field.help_note"), typed(visit, HELP, "help_note", { rows: 2, maxlength: 2000 }, "textarea")),
    make("div", { class: "acts" }, button(say("field.call_for_help"), call, "danger"), button(say("field.ask_experts"), ask)),
    make("p", {}, say("field.experts_words")),
  );
};
