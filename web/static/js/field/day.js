// The list of the day.
import { make } from "./elements.js";
import { ENDED, state } from "./state.js";
import { say } from "./words.js";

const stopCard = (visit) =>
  make(
    "li", { class: `stop${ENDED.includes(visit.state) ? " done" : ""}` },
    make("a", { class: "open", href: `#${visit.code}` },
      make("div", { class: "when" }, make("b", {}, visit.starts), make("span", { class: `state ${visit.state}` }, say(`visit_state.${visit.state}`))),
      make("h2", {}, make("span", { class: "code" }, visit.code), ` ${visit.customer}`),
      make("p", { class: "address" }, visit.address),
      make("p", {}, `${visit.product} · ${visit.fault}`),
      visit.pick_ups.map((one) => make("p", { class: "note" }, say("field.pick_up", { place: one.name, at: one.at })))),
  );

// What is next stands under the thumb; what is done stays at hand above it, folded.
export const dayList = (visits) => {
  const done = visits.filter((visit) => ENDED.includes(visit.state));
  const folded = make("details", { class: "done-stops" }, make("summary", {}, say("route.done", { count: done.length })), make("ol", {}, done.map(stopCard)));
  folded.open = Boolean(state.showsDone);
  folded.addEventListener("toggle", () => { state.showsDone = folded.open; });
  const open = visits.filter((visit) => !ENDED.includes(visit.state));
  const rest = open.length ? open.map(stopCard) : make("li", { class: "empty" }, say("route.empty"));
  return [done.length ? folded : null, make("ol", {}, rest)];
};
