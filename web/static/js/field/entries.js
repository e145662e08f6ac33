// What a technician enters, and what it will change once it has been taken.
import { findVisit } from "./state.js";

const newKey = () => {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};

const SECTIONS = { serial: "serial", diagnosis: "diagnosis", charges: "charges", parts: "parts" };
const STATES = {
  accept: ["dispatched", "acknowledged"], decline: ["", "booked"], departed: ["", "en_route"], arrived: ["", "on_site"],
  done: ["", "completed"], incomplete: ["", "incomplete"], no_access: ["", "no_access"],
};

// What an entry will change, shown at once and again after every reload until the entry has been taken.
const foresee = (visit, entry) => {
  const { report } = visit;
  const { data } = entry;
  const moved = STATES[entry.kind];
  if (moved && (!moved[0] || moved[0] === visit.state)) visit.state = moved[1];
  if (SECTIONS[entry.kind]) report.sections[SECTIONS[entry.kind]] = entry.key;
  if (entry.kind === "checklist") report.answers[data.item] = data.answer;
  if (entry.kind === "serial") Object.assign(report, { serial_seen: data.serial, serial_check: data.check });
  if (entry.kind === "diagnosis") Object.assign(report, data);
  if (entry.kind === "charges") Object.assign(report, { lines: data.lines, agreed_total_cents: null });
  if (entry.kind === "charges_agreed") Object.assign(report, { agreed_total_cents: data.total_cents, agreed_method: data.method, agreed_minutes: data.minutes });
  if (entry.kind === "parts") report.parts = data.parts;
  if (entry.kind === "expense") visit.expenses.push({ ...data, state: "claimed" });
  if (entry.kind === "ask_experts") visit.exceptions.unshift({ number: "", state: "open", problem: data.problem, answer: "", until: "" });
  if (entry.kind === "tried_answer") visit.exceptions.filter((one) => one.report === data.report).forEach((one) => { one.state = data.is_solved ? "closed" : "open"; });
  if (entry.kind === "need_part") visit.kept.push({ part_code: data.part_code, name: "", quantity: data.quantity });
  if (entry.kind === "fetched") visit.pick_ups = visit.pick_ups.filter((one) => one.place !== data.place);
  if (entry.kind === "signed") Object.assign(report, { is_signed: true, opinion: data.opinion });
  if (entry.kind === "photo" && entry.photo !== "signature") report.photos[entry.photo] += 1;
  if (["done", "incomplete", "no_access"].includes(entry.kind)) report.is_writable = false;
};

export const foreseeIn = (day, entry) => {
  const visit = day && findVisit(entry.visit, day);
  if (visit) foresee(visit, entry);
};

export const entryOf = (visit, kind, data = {}, more = {}) => {
  const section = SECTIONS[kind];
  return {
    key: newKey(), kind, visit: visit.code, at: new Date().toISOString(), data, ...more,
    seen: section ? findVisit(visit.code).report.sections[section] || null : null,
  };
};

export const photoEntry = (visit, photo, blob) => entryOf(visit, "photo", {}, { photo, blob });
