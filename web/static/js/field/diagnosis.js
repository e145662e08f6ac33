// What was found, why, and what was done.
import { typed, written } from "./boxes.js";
import { complain } from "./drawing.js";
import { button, field, part } from "./elements.js";
import { enter } from "./entering.js";
import { say, wordsOf } from "./words.js";

export const diagnosis = (visit) => {
  const { report } = visit;
  const empty = { fault_found: report.fault_found, cause: report.cause, action: report.action };
  const names = Object.keys(empty);
  const rows = names.map((name) => field(wordsOf(visit, name), typed(visit, empty, name, { rows: 2, maxlength: 2000 }, "textarea")));
  const save = () => {
    const now = written(visit, empty);
    if (!now.fault_found.trim()) return complain(say("field.diagnosis_empty"));
    return enter(visit, "diagnosis", Object.fromEntries(names.map((name) => [name, now[name].trim()])), names);
  };
  return part("part-diagnosis", wordsOf(visit, "diagnosis"), Boolean(report.fault_found && report.action), ...rows, button(say("field.save"), save, "primary"));
};
