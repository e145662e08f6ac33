// The end of a visit: what is missing before it is done.
import { totalCents } from "./amounts.js";
import { itemsOf } from "./checklist.js";
import { make } from "./elements.js";
import { enter } from "./entering.js";
import { state } from "./state.js";
import { say } from "./words.js";

// What is still missing, worked out on the telephone as the server will: nobody walks out of the cellar to be sent back.
const missing = (visit) => {
  const { report } = visit;
  const total = totalCents(report.lines);
  const wanted = {
    checklist: itemsOf(visit).every((item) => !item.required || report.answers[item.code]),
    serial: Boolean(report.serial_check),
    diagnosis: Boolean(report.fault_found && report.action),
    charges: total === (report.agreed_total_cents ?? 0),
    photo_steps: visit.kind !== "installation" || report.photos.step >= state.day.least_steps,
    photo_after: report.photos.after > 0,
    customer_signature: report.is_signed,
  };
  return Object.keys(wanted).filter((name) => !wanted[name]);
};

export const finish = (visit) => {
  const left = missing(visit);
  return make(
    "section", { class: "finish" },
    left.length ? make("ul", { class: "missing" }, left.map((name) => make("li", {}, say(`missing.${name}`)))) : null,
    make("button", { type: "button", class: "primary big", disabled: left.length > 0, id: "done", onclick: () => enter(visit, "done") }, say("field.done")),
  );
};
