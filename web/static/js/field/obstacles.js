// What comes between a technician and his visit: he is late, nobody is home, he cannot take it.
import { typed, written } from "./boxes.js";
import { complain } from "./drawing.js";
import { button, field, make, part } from "./elements.js";
import { enter } from "./entering.js";
import { photoButton } from "./photos.js";
import { say } from "./words.js";

const LATE_MINUTES = [15, 30, 45, 60];
export const late = (visit) => {
  const tell = async (minutes) => (await enter(visit, "late", { minutes })) && complain(say("field.late_said"));
  return part(
    "part-late", say("field.late"), false,
    make("p", {}, say("field.late_words")),
    visit.expected ? make("p", {}, make("b", {}, say("field.expected", { at: visit.expected }))) : null,
    make("div", { class: "acts" }, LATE_MINUTES.map((minutes) => button(say("field.late_minutes", { minutes }), () => tell(minutes)))),
  );
};

// What ends a visit takes two touches: first the words about it, then the button.
const NOBODY = { nobody_note: "" };
export const nobodyHome = (visit) => {
  const leave = () => enter(visit, "no_access", { reason: "nobody_home", note: written(visit, NOBODY).nobody_note.trim() }, Object.keys(NOBODY));
  return part(
    "part-nobody", say("field.nobody_home"), false,
    make("p", {}, say("field.no_access_words")),
    photoButton(visit, "door"),
    field(say("field.note"), typed(visit, NOBODY, "nobody_note", { rows: 2, maxlength: 2000 }, "textarea")),
    button(say("field.leave_no_access"), leave, "danger"),
  );
};

const DECLINE = { decline_note: "" };
export const decline = (visit) => {
  const give = async () => {
    const note = written(visit, DECLINE).decline_note.trim();
    if (!note) return complain(say("field.decline_why"));
    return (await enter(visit, "decline", { note }, Object.keys(DECLINE))) && complain(say("field.declined"));
  };
  return part(
    "part-decline", say("field.decline"), false,
    field(say("field.decline_why"), typed(visit, DECLINE, "decline_note", { rows: 2, maxlength: 160, required: true }, "textarea")),
    button(say("field.decline"), give, "danger"),
  );
};
