// The customer's opinion, and both signatures.
import { typed, write, written } from "./boxes.js";
import { complain } from "./drawing.js";
import { button, field, make, part } from "./elements.js";
import { enterAll } from "./entering.js";
import { entryOf } from "./entries.js";
import { isSigned, pad, signatureEntry } from "./signatures.js";
import { say } from "./words.js";

export const signing = (visit) => {
  const { report } = visit;
  const empty = { opinion: "", opinion_note: "", signer: visit.customer };
  const opinion = written(visit, empty).opinion;
  const pens = ["customer_signature", "technician_signature"];
  const sign = async () => {
    const now = written(visit, empty);
    if (!now.opinion) return complain(say("missing.opinion"));
    if (!isSigned(visit, ...pens) || !now.signer.trim()) return complain(say("field.sign_first"));
    const [theirs, mine] = [await signatureEntry(visit, pens[0]), await signatureEntry(visit, pens[1])];
    const signed = { opinion: now.opinion, note: now.opinion_note.trim(), signer: now.signer.trim(), customer_signature: theirs.key, technician_signature: mine.key };
    return enterAll(visit, [theirs, mine, entryOf(visit, "signed", signed)], [...Object.keys(empty), ...pens]);
  };
  const isUnhappy = report.is_signed && report.opinion === "not_satisfied";
  const faces = { satisfied: "☺", acceptable: "◔", not_satisfied: "☹" };
  return part(
    "part-sign", say("field.sign"), report.is_signed,
    isUnhappy ? make("p", { class: "wrong" }, say("field.not_satisfied")) : null,
    make("fieldset", { class: "item" }, make("legend", {}, say("field.opinion")), Object.keys(faces).map((word) => make("label", {},
      make("input", { type: "radio", name: `opinion-${visit.code}`, id: `opinion-${word}-${visit.code}`, value: word, checked: opinion === word, onchange: () => write(visit, "opinion", word) }),
      make("span", {}, `${faces[word]} ${say(`opinion.${word}`)}`)))),
    field(say("field.opinion_note"), typed(visit, empty, "opinion_note", { rows: 2, maxlength: 2000 }, "textarea")),
    field(say("field.signer"), typed(visit, empty, "signer", { maxlength: 80 })),
    ...pens.map((name) => pad(visit, name, say(`field.${name}`))),
    button(say("field.sign"), sign, "primary"),
  );
};
