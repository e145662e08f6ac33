// The way to the customer: setting out, finding it, calling ahead.
import { complain } from "./drawing.js";
import { make } from "./elements.js";
import { enter } from "./entering.js";
import { post } from "./sending.js";
import { state } from "./state.js";
import { say } from "./words.js";

const depart = async (visit) => {
  if (state.isLeaving) return; // a telephone takes its time to know where it is
  state.isLeaving = true;
  const place = await new Promise((resolve) => {
    if (!navigator.geolocation) return resolve({});
    const wait = setTimeout(() => resolve({}), 4000);
    return navigator.geolocation.getCurrentPosition(
      ({ coords }) => { clearTimeout(wait); resolve({ latitude: coords.latitude, longitude: coords.longitude }); },
      () => { clearTimeout(wait); resolve({}); },
      { timeout: 3500, maximumAge: 60000 },
    );
  });
  state.isLeaving = false;
  await enter(visit, "departed", { ...place, is_model_right: visit.report.answers.departure_tools === "done" });
};

const NEXT = { dispatched: ["accept", "departed"], acknowledged: ["departed"], booked: [], en_route: ["arrived"], on_site: [] };
export const steps = (visit) => (NEXT[visit.state] || []).map((kind) =>
  make("button", {
    type: "button", id: `step-${kind}`, class: kind === NEXT[visit.state][0] ? "primary big" : "big",
    onclick: () => (kind === "departed" ? depart(visit) : enter(visit, kind)),
  }, say(`field.step_${kind}`)));

export const where = (visit) =>
  make("div", { class: "acts" }, visit.maps.map((map, index) => make("a", { class: index ? "button small" : "button", href: map.href, rel: "noreferrer", target: "_blank" }, map.name)));

export const callCustomer = async (visit) => {
  try {
    const answer = await post(`visits/${visit.code}/call`, "{}", "application/json");
    complain(say(`route.${answer.ok ? (await answer.json()).said : "cannot_call"}`));
  } catch {
    complain(say("route.call_needs_network"));
  }
};
