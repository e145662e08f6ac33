// A technician's page that works without a network. What is entered is written into the telephone first, then sent in
// order, as often as it takes: every entry has a key of its own, so that sending twice does nothing twice.
import { banner } from "./banner.js";
import { recallBoxes } from "./boxes.js";
import { readerFiles } from "./code_reader.js";
import { dayList } from "./day.js";
import { draw, drawWith, watchHands } from "./drawing.js";
import * as memory from "./memory.js";
import { show, sync } from "./sending.js";
import { clearPads } from "./signatures.js";
import { given, state } from "./state.js";
import { visitPage } from "./visit.js";

const CACHE = "onecall-field";
const SYNC_MILLISECONDS = 20000;
const FILES = "script[src], link[rel=modulepreload], link[rel=stylesheet], link[rel=icon]";

// Yesterday's route has customers in it, and last week's script is of no use to anybody.
const forget = async (cache, wanted) => {
  const kept = new Set(wanted.map((one) => new URL(one, location.href).href));
  for (const { url } of await cache.keys()) {
    if (!kept.has(url) && !new URL(url).pathname.startsWith(location.pathname)) await cache.delete(url);
  }
};

const keepPage = async () => {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/r/worker.js", { scope: "/r/" });
  const files = [...new Set([...document.querySelectorAll(FILES)].map((element) => element.src || element.href))];
  const cache = await caches.open(CACHE);
  await cache.addAll(["/r/", location.pathname, ...files]);
  const reader = readerFiles();
  if (given) await forget(cache, ["/r/", ...files, ...reader]);
  for (const one of reader) (await cache.match(one)) || (await cache.add(one));
};

const begin = async () => {
  drawWith((visit) => [...banner(), ...(visit ? [visitPage(visit)] : dayList(state.day.visits))]);
  if (!given) state.secret = (await memory.kept("secret")) || "";
  const recall = async () => {
    if (!state.isFull) await recallBoxes();
    clearPads();
    const day = await memory.kept("day");
    if (day) await show(day);
  };
  // A day kept by an earlier version of this page may lack what is shown now: then the network's is waited for.
  await recall().catch(() => {});
  memory.listen(recall);
  watchHands();
  addEventListener("hashchange", draw);
  addEventListener("online", sync);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sync());
  setInterval(() => document.visibilityState === "visible" && sync(), SYNC_MILLISECONDS);
  keepPage().catch(() => {});
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
  await sync();
  if (!state.day) document.getElementById("no-day").hidden = false;
};

begin();
