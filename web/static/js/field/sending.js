// Sending what was entered: in order, as often as it takes, until it is taken.
import { draw } from "./drawing.js";
import { foreseeIn } from "./entries.js";
import * as memory from "./memory.js";
import { state } from "./state.js";
import { say } from "./words.js";

// What the office knows as well may be missing here: a full memory is said, and the page goes on with what it shows.
const remember = (name, value) => memory.keep(name, value).catch(() => { state.isFull = true; });
export const post = (path, body, type) =>
  fetch(`/r/${state.secret}/${path}`, { method: "POST", body, headers: { "Content-Type": type }, credentials: "omit" });

const sendPhoto = async (entry) => {
  const query = new URLSearchParams({
    key: entry.key, visit: entry.visit, at: entry.at, sent_at: new Date().toISOString(), kind: entry.photo,
  });
  const answer = await post(`photos?${query}`, entry.blob, "application/octet-stream");
  return answer.ok ? [await answer.json()] : refuse(answer, [entry]);
};

const sendEntries = async (entries) => {
  const plain = entries.map(({ key, kind, visit, at, seen, data }) => ({ key, kind, visit, at, seen, data }));
  const answer = await post("entries", JSON.stringify({ sent_at: new Date().toISOString(), entries: plain }), "application/json");
  if (answer.ok) return (await answer.json()).results;
  // Refused as a whole, because of its size or of one of them: each by itself says which.
  if (isRefused(answer) && entries.length > 1) return [...(await sendEntries(entries.slice(0, 1))), ...(await sendEntries(entries.slice(1)))];
  return refuse(answer, entries);
};

// Only what will never be taken leaves the queue; a link that has ended or a server that is down loses nothing.
const isRefused = (answer) => answer.status === 413 || answer.status === 422;
const refuse = (answer, entries) => {
  if (isRefused(answer)) return entries.map((entry) => ({ key: entry.key, outcome: "refused", reason: "malformed" }));
  throw new Error(answer.status === 410 ? "link" : "network");
};

const settle = async (result) => {
  const entry = state.queue.find((queued) => queued.key === result.key);
  if (!entry || result.outcome === "wait") return;
  if (result.outcome === "taken") {
    // The network may go before the day can be read again: what has been taken must not vanish from the page.
    const day = await memory.kept("day");
    foreseeIn(day, entry);
    if (day) await remember("day", day);
    await memory.settle(entry, null);
    return;
  }
  const { blob, ...rest } = entry;
  await memory.settle(entry, { ...rest, outcome: result.outcome, reason: result.reason });
};

const sendQueue = async () => {
  for (let round = 0; round < 500; round += 1) {
    state.queue = await memory.all("queue");
    if (!state.queue.length) return;
    const photos = state.queue.findIndex((entry) => entry.kind === "photo");
    const batch = photos === 0 ? state.queue.slice(0, 1) : state.queue.slice(0, photos < 0 ? 50 : Math.min(photos, 50));
    const results = photos === 0 ? await sendPhoto(batch[0]) : await sendEntries(batch);
    for (const result of results) await settle(result);
    draw();
    if (results.every((result) => result.outcome === "wait")) return;
  }
};

const readDay = async () => {
  const answer = await fetch(`/r/${state.secret}/day.json`, { credentials: "omit" });
  if (answer.status === 410) throw new Error("link");
  if (!answer.ok) throw new Error("network");
  const day = await answer.json();
  await remember("day", day);
  await remember("secret", state.secret);
  memory.tellOthers();
  return day;
};

export const show = async (day) => {
  state.queue = await memory.all("queue");
  state.troubles = await memory.all("troubles");
  for (const entry of state.queue) foreseeIn(day, entry);
  state.day = day;
  draw();
};

const alone = (act) => (navigator.locks ? navigator.locks.request("onecall-field", { ifAvailable: true }, (lock) => lock && act()) : act());

export const sync = () => {
  if (!state.secret) return Promise.resolve();
  // What is written while the day is read again would otherwise wait for the next occasion.
  state.isAskedAgain = state.isSyncing;
  if (state.isSyncing) return Promise.resolve();
  state.isSyncing = true;
  return alone(async () => {
    try {
      await sendQueue();
      const day = await readDay();
      state.problem = "";
      await show(day);
    } catch (error) {
      const isEnded = error.message === "link";
      state.problem = isEnded ? say("field.link_ended") : say("field.no_network");
      // A newer message may have been opened in another window: its link goes on where this one ends.
      const latest = isEnded && (await memory.kept("secret"));
      if (latest && latest !== state.secret) {
        state.secret = latest;
        state.isAskedAgain = true;
      }
      state.queue = await memory.all("queue");
      state.troubles = await memory.all("troubles");
      draw();
    }
  }).finally(() => {
    state.isSyncing = false;
    return state.isAskedAgain && sync();
  });
};
