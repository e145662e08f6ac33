// One visit, from its address to its end.
import { charges } from "./charges.js";
import { checklist } from "./checklist.js";
import { diagnosis } from "./diagnosis.js";
import { button, make, part } from "./elements.js";
import { spent } from "./expenses.js";
import { finish } from "./finish.js";
import { expertReport, help } from "./help.js";
import { callCustomer, steps, where } from "./journey.js";
import { decline, late, nobodyHome } from "./obstacles.js";
import { parts, pickUps, wish } from "./parts.js";
import { photos } from "./photos.js";
import { serial } from "./serial.js";
import { signing } from "./signing.js";
import { ENDED, state } from "./state.js";
import { unfinished } from "./unfinished.js";
import { say } from "./words.js";

export const visitPage = (visit) => {
  const isHere = visit.state === "on_site";
  const { report } = visit;
  const isWriting = report.is_writable && (isHere || report.state === "returned" || visit.state === "completed");
  return make(
    "article", { class: "visit" },
    button(`‹ ${say("field.back")}`, () => { location.hash = ""; }, "quiet back"),
    make("h2", {}, make("span", { class: "code" }, visit.code), ` ${visit.customer}`),
    make("p", {}, make("span", { class: `state ${visit.state}` }, say(`visit_state.${visit.state}`)), ` ${say("route.window", { window: visit.window })}`),
    make("p", { class: "address" }, visit.address),
    make("p", {}, `${visit.product} · ${visit.fault}`),
    visit.note ? make("p", { class: "note" }, visit.note) : null,
    report.decision_note && report.state === "returned" ? make("p", { class: "wrong" }, say("field.returned", { note: report.decision_note })) : null,
    ...pickUps(visit),
    where(visit),
    make("div", { class: "acts" },
      visit.can_call ? button(say("route.call_customer"), () => callCustomer(visit)) : null),
    ...visit.exceptions.map((one) => expertReport(visit, one)),
    ["dispatched", "acknowledged"].includes(visit.state) ? checklist(visit, "departure") : null,
    ...steps(visit),
    ["dispatched", "acknowledged"].includes(visit.state) ? decline(visit) : null,
    ["dispatched", "acknowledged", "en_route"].includes(visit.state) ? late(visit) : null,
    ["en_route", "on_site"].includes(visit.state) ? nobodyHome(visit) : null,
    ...(isWriting
      ? [checklist(visit, "arrival"), serial(visit), diagnosis(visit), charges(visit), photos(visit), checklist(visit, "work"), parts(visit), checklist(visit, "leaving"), signing(visit), finish(visit)]
      : []),
    ENDED.includes(visit.state) ? null : help(visit),
    ENDED.includes(visit.state) ? null : wish(visit),
    isHere && report.is_writable ? unfinished(visit) : null,
    ["en_route", "on_site", "completed", "incomplete", "no_access"].includes(visit.state) ? spent(visit) : null,
    rules(visit),
  );
};

const rules = () =>
  part("part-rules", say("field.identity"), false,
    make("p", { class: "badge" }, make("b", {}, state.day.technician), ` · ${say("field.badge", { number: state.day.number })}`),
    make("p", {}, say("field.identity_words")),
    make("ul", {}, state.day.checklist.filter((item) => item.moment === "rules").map((item) => make("li", {}, item.text))));
