// What the page says, in the language of the day that the server sent.
import { state } from "./state.js";

export const say = (name, values = {}) =>
  ((state.day && state.day.sentences[name]) || name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
// An installation is reported in the boxes of a repair, which are called otherwise there.
export const wordsOf = (visit, name) => say(`field.${visit.kind === "installation" ? "installation_" : ""}${name}`);
