// What the technician has paid himself.
import { money, readCents } from "./amounts.js";
import { chosen, typed, written } from "./boxes.js";
import { complain } from "./drawing.js";
import { button, field, make, part } from "./elements.js";
import { enterAll } from "./entering.js";
import { entryOf, photoEntry } from "./entries.js";
import { shrink } from "./photos.js";
import { state } from "./state.js";
import { say } from "./words.js";

export const spent = (visit) => {
  const kinds = state.day.expense_kinds;
  const empty = { spent_kind: kinds[0], spent_amount: "", spent_note: "" };
  const claim = (blob) => {
    const now = written(visit, empty);
    const cents = readCents(now.spent_amount);
    if (!cents) return complain(say("field.spent_wrong"));
    const receipt = blob ? [photoEntry(visit, "receipt", blob)] : [];
    const claimed = { kind: now.spent_kind, amount_cents: cents, note: now.spent_note.trim(), receipt: blob ? receipt[0].key : null };
    return enterAll(visit, [...receipt, entryOf(visit, "expense", claimed)], Object.keys(empty));
  };
  const photograph = (file) => shrink(file).then(claim, () => complain(say("entry_refusal.not_a_picture")));
  return part(
    "part-spent", say("field.spent"), false,
    make("ul", { class: "lines" }, visit.expenses.map((one) => make("li", {},
      make("span", {}, `${say(`expense_kind.${one.kind}`)} ${one.note} · ${say(`expense_state.${one.state}`)}`), make("b", { class: "number" }, money(one.amount_cents))))),
    field(say("field.line_kind"), chosen(visit, empty, "spent_kind", kinds.map((word) => [word, say(`expense_kind.${word}`)]))),
    field(say("field.spent_amount"), typed(visit, empty, "spent_amount", { inputmode: "decimal", autocomplete: "off" })),
    field(say("field.note"), typed(visit, empty, "spent_note", { maxlength: 200 })),
    make("div", { class: "acts" },
      make("label", { class: "button photo" }, say("field.spent_with_receipt"),
        make("input", { type: "file", accept: "image/*", capture: "environment", id: "photo-receipt", onchange: (event) => event.target.files[0] && photograph(event.target.files[0]) })),
      button(say("field.spent_without"), () => claim(null))),
  );
};
