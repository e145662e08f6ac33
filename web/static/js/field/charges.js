// What it will cost and how it will be done, agreed and signed before work.
import { money, readCents, readQuantity, totalCents } from "./amounts.js";
import { chosen, typed, written } from "./boxes.js";
import { complain } from "./drawing.js";
import { button, field, make, part, removeButton } from "./elements.js";
import { enter, enterAll } from "./entering.js";
import { entryOf } from "./entries.js";
import { isSigned, pad, signatureEntry } from "./signatures.js";
import { say } from "./words.js";

const CHARGES = ["labour", "part", "travel", "other"];
const NEW_LINE = { line_kind: "labour", line_text: "", line_amount: "", line_quantity: "1" };
export const charges = (visit) => {
  const { report } = visit;
  const total = totalCents(report.lines);
  const empty = { charge_signer: visit.customer, plan_method: "", plan_minutes: "", salesperson: "" };
  // Other lines are another agreement: what was signed for those before is not a signature for these.
  const signature = `charges_signature_${report.sections.charges || ""}`;
  const add = () => {
    const now = written(visit, NEW_LINE);
    const cents = readCents(now.line_amount);
    const quantity = readQuantity(now.line_quantity);
    if (!now.line_text.trim() || cents === null || quantity === null) return complain(say("field.line_wrong"));
    const line = { kind: now.line_kind, description: now.line_text.trim(), quantity, unit_cents: cents };
    return enter(visit, "charges", { lines: [...report.lines, line] }, [...Object.keys(NEW_LINE), signature]);
  };
  const remove = (index) => enter(visit, "charges", { lines: report.lines.filter((_, place) => place !== index) }, [signature]);
  const agree = async () => {
    const now = written(visit, empty);
    const minutes = Number(now.plan_minutes);
    if (!now.plan_method.trim() || !Number.isInteger(minutes) || minutes < 1 || minutes > 10080) return complain(say("field.plan_wrong"));
    if (!isSigned(visit, signature) || !now.charge_signer.trim()) return complain(say("field.sign_first"));
    const signed = await signatureEntry(visit, signature);
    const plan = { total_cents: total, method: now.plan_method.trim(), minutes, salesperson: now.salesperson.trim() };
    const agreement = entryOf(visit, "charges_agreed", { ...plan, signer: now.charge_signer.trim(), signature: signed.key });
    return enterAll(visit, [signed, agreement], [signature, ...Object.keys(empty)]);
  };
  const isAgreed = total === (report.agreed_total_cents ?? 0);
  return part(
    "part-charges",
    say("field.charges"),
    isAgreed && (report.lines.length > 0 || report.is_signed),
    make("p", {}, say("field.charges_before_work")),
    make("ul", { class: "lines" }, report.lines.map((line, index) => make("li", {},
      make("span", {}, `${say(`charge.${line.kind}`)} · ${line.description} × ${line.quantity}`),
      make("b", { class: "number" }, money(line.quantity * line.unit_cents)),
      removeButton(() => remove(index), line.description)))),
    isAgreed && report.agreed_method ? make("p", { class: "right" }, `✓ ${report.agreed_method} (${say("field.plan_takes", { minutes: report.agreed_minutes })})`) : null,
    make("p", { class: "total" }, make("span", {}, say("field.total")), make("b", { class: "number" }, money(total))),
    make("div", { class: "new-line" },
      field(say("field.line_kind"), chosen(visit, NEW_LINE, "line_kind", CHARGES.map((word) => [word, say(`charge.${word}`)]))),
      field(say("field.line_text"), typed(visit, NEW_LINE, "line_text", { maxlength: 120 })),
      field(say("field.line_amount"), typed(visit, NEW_LINE, "line_amount", { inputmode: "decimal", autocomplete: "off" })),
      field(say("field.line_quantity"), typed(visit, NEW_LINE, "line_quantity", { inputmode: "numeric", autocomplete: "off" })),
      button(say("field.add"), add)),
    total > 0 && !isAgreed
      ? make("div", {},
          field(say("field.plan_method"), typed(visit, empty, "plan_method", { rows: 2, maxlength: 2000 }, "textarea")),
          field(say("field.plan_minutes"), typed(visit, empty, "plan_minutes", { inputmode: "numeric", autocomplete: "off" })),
          field(say("field.salesperson"), typed(visit, empty, "salesperson", { maxlength: 80 })),
          field(say("field.signer"), typed(visit, empty, "charge_signer", { maxlength: 80 })),
          pad(visit, signature, say("field.customer_signature")),
          button(say("field.agree", { total: money(total) }), agree, "primary"))
      : null,
  );
};
