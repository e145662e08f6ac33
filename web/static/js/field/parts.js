// Parts: fitted from the van, fetched on the way, wished for.
import { readQuantity } from "./amounts.js";
import { chosen, typed, written } from "./boxes.js";
import { complain } from "./drawing.js";
import { button, field, make, part, removeButton } from "./elements.js";
import { enter } from "./entering.js";
import { state } from "./state.js";
import { say } from "./words.js";

// What is on the van is chosen, not typed with gloves on; any other part is written by its code.
const NEW_PART = { part_picked: "", part_code: "", part_quantity: "1", part_old_serial: "", part_new_serial: "" };
export const parts = (visit) => {
  const { report } = visit;
  const { van } = state.day;
  const isOther = !van.length || !written(visit, NEW_PART).part_picked;
  const nameOf = (code) => (van.find((one) => one.part_code === code) || { name: "" }).name;
  const add = () => {
    const now = written(visit, NEW_PART);
    const code = (isOther ? now.part_code : now.part_picked).trim();
    const quantity = readQuantity(now.part_quantity);
    if (!code || quantity === null) return complain(say("field.part_wrong"));
    const fitted = { part_code: code, quantity, old_serial: now.part_old_serial.trim(), new_serial: now.part_new_serial.trim() };
    return enter(visit, "parts", { parts: [...report.parts, fitted] }, Object.keys(NEW_PART));
  };
  const remove = (index) => enter(visit, "parts", { parts: report.parts.filter((_, place) => place !== index) });
  const serials = (one) => [one.old_serial, one.new_serial].filter(Boolean).join(" → ");
  return part(
    "part-parts", say("field.parts"), report.parts.length > 0,
    make("ul", { class: "lines" }, report.parts.map((one, index) => make("li", {},
      make("span", {}, `${one.part_code} ${nameOf(one.part_code)} × ${one.quantity} ${serials(one)}`), removeButton(() => remove(index), one.part_code)))),
    van.length
      ? field(say("field.from_van"), chosen(visit, NEW_PART, "part_picked", [
          ["", say("field.other_part")], ...van.map((one) => [one.part_code, `${one.part_code} ${one.name} (${one.units})`])]))
      : null,
    isOther ? field(say("field.part_code"), typed(visit, NEW_PART, "part_code", { maxlength: 40, autocapitalize: "characters", autocomplete: "off" })) : null,
    field(say("field.line_quantity"), typed(visit, NEW_PART, "part_quantity", { inputmode: "numeric", autocomplete: "off" })),
    field(say("field.old_serial"), typed(visit, NEW_PART, "part_old_serial", { maxlength: 40, autocapitalize: "characters", autocomplete: "off" })),
    field(say("field.new_serial"), typed(visit, NEW_PART, "part_new_serial", { maxlength: 40, autocapitalize: "characters", autocomplete: "off" })),
    button(say("field.add"), add),
  );
};

const listParts = (parts) => parts.map((one) => make("li", {}, make("span", {}, `${one.quantity} × ${one.part_code} ${one.name}`)));

export const pickUps = (visit) =>
  visit.pick_ups.map((one) =>
    make(
      "section", { class: "note pick-up" },
      make("b", {}, say("field.pick_up", { place: one.name, at: one.at })),
      make("ul", {}, listParts(one.parts)),
      make("div", { class: "acts" },
        make("a", { class: "button small", href: one.map }, say("route.map")),
        button(say("field.fetched"), () => enter(visit, "fetched", { place: one.place, parts: one.parts.map(({ part_code, quantity }) => ({ part_code, quantity })) }), "primary")),
    ));
const WISH = { wish_code: "", wish_quantity: "1" };
export const wish = (visit) => {
  const ask = async () => {
    const now = written(visit, WISH);
    const quantity = readQuantity(now.wish_quantity);
    if (!now.wish_code.trim() || quantity === null) return complain(say("field.part_wrong"));
    const isKept = await enter(visit, "need_part", { part_code: now.wish_code.trim(), quantity }, Object.keys(WISH));
    return isKept && complain(say("field.part_asked"));
  };
  return part(
    "part-wish", say("field.need_part"), false,
    visit.kept.length ? make("p", {}, say("field.kept_parts")) : null,
    make("ul", { class: "lines" }, listParts(visit.kept)),
    field(say("field.part_code"), typed(visit, WISH, "wish_code", { maxlength: 40, autocapitalize: "characters", autocomplete: "off" })),
    field(say("field.line_quantity"), typed(visit, WISH, "wish_quantity", { inputmode: "numeric", autocomplete: "off" })),
    button(say("field.ask_part"), ask),
  );
};
