// The checklist of one moment of a visit.
import { button, make, part } from "./elements.js";
import { enter, enterAll } from "./entering.js";
import { entryOf } from "./entries.js";
import { state } from "./state.js";
import { say } from "./words.js";

const answers = ["done", "not_done", "not_needed"];
export const itemsOf = (visit) => state.day.checklist.filter((item) => !item.kind || item.kind === visit.kind);
export const checklist = (visit, moment) => {
  const items = itemsOf(visit).filter((item) => item.moment === moment);
  const isDone = items.every((item) => visit.report.answers[item.code]);
  const rows = items.map((item) =>
    make(
      "fieldset",
      { class: "item", disabled: !visit.report.is_writable },
      make("legend", {}, item.text),
      answers.map((answer) =>
        make(
          "label",
          {},
          make("input", {
            type: "radio", name: `${visit.code}-${item.code}`, id: `${item.code}-${answer}-${visit.code}`, value: answer, checked: visit.report.answers[item.code] === answer,
            onchange: () => enter(visit, "checklist", { item: item.code, answer }),
          }),
          make("span", {}, say(`checklist_answer.${answer}`)),
        ),
      ),
    ),
  );
  const open = items.filter((item) => !visit.report.answers[item.code]);
  const everything = () => enterAll(visit, open.map((item) => entryOf(visit, "checklist", { item: item.code, answer: "done" })));
  return part(`check-${moment}`, say(`checklist_moment.${moment}`), isDone, ...rows, isDone ? null : button(say("field.all_done"), everything));
};
