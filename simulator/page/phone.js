// The page: joins buttons, keyboard and lists to the call and the messages.

import { Call } from "./call.js";
import * as desk from "./desk.js";
import { Messages } from "./messages.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const KEY_NAMES = { "*": "星号 star", "#": "井号 hash" };
const element = (id) => document.getElementById(id);
let shownLines = 0;
let shownCall = "";

function complain(message) {
  element("trouble").textContent = message;
  element("trouble").hidden = !message;
}

const call = new Call({
  wantsSound: () => element("sound").checked,
  wantsPatience: () => element("patient").checked,
  onChange: show,
  onTrouble: complain,
});
const messages = new Messages({
  list: element("messages"),
  empty: element("empty-texts"),
  ringing: element("ringing"),
  onTrouble: complain,
});

function show(state, patience) {
  element("status").value = call.title;
  element("patience").hidden = !call.isWaiting || patience === 0;
  element("patience").value = patience;
  element("call").disabled = call.isLive;
  element("hang-up").disabled = !call.isLive;
  element("silence").disabled = !call.isWaiting;
  const canSpeak = call.accepts.includes("speech");
  for (const field of element("speech").elements) field.disabled = !canSpeak;
  for (const key of element("keys").children) key.disabled = !call.isLive;
  if (state) showLines(state);
}

function showLines({ sid, lines }) {
  const list = element("transcript");
  if (sid !== shownCall) {
    list.replaceChildren();
    [shownCall, shownLines] = [sid, 0];
  }
  if (shownLines === lines.length) return;
  element("empty-talk").hidden = true;
  list.querySelector(".now")?.classList.remove("now");
  list.append(...lines.slice(shownLines).map(entry));
  shownLines = lines.length;
  list.lastElementChild?.classList.add("now");
  list.scrollTop = list.scrollHeight;
}

function entry(line) {
  const item = document.createElement("li");
  item.className = line.who;
  const time = document.createElement("time");
  time.textContent = `${line.at_seconds.toFixed(1)} s`;
  const words = document.createElement("span");
  if (line.language) words.lang = line.language === "cmn-CN" ? "zh-CN" : line.language;
  words.textContent = line.words;
  if (line.voice) {
    const voice = document.createElement("small");
    voice.lang = "en";
    voice.textContent = `${line.language} · ${line.voice}`;
    words.append(voice);
  }
  item.append(time, words);
  return item;
}

function drawKeys() {
  for (const symbol of KEYS) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = symbol;
    button.disabled = true;
    if (KEY_NAMES[symbol]) button.setAttribute("aria-label", KEY_NAMES[symbol]);
    button.addEventListener("click", () => press(symbol));
    element("keys").append(button);
  }
}

function press(symbol) {
  complain("");
  if (call.isLive) call.press(symbol);
}

function fill(select, people) {
  select.replaceChildren(
    ...people.map(({ number, name, name_en: english }) => {
      const option = document.createElement("option");
      option.value = number;
      option.textContent = [name, number, english].filter(Boolean).join(" · ");
      return option;
    }),
  );
}

async function begin() {
  drawKeys();
  const { hotline, people } = await desk.listPeople();
  element("hotline").textContent = hotline;
  fill(element("caller"), people.filter(({ role }) => role !== "technician"));
  const technicians = people.filter(({ role }) => role === "technician");
  const others = people.filter(({ role, number }) => role !== "technician" && number !== "anonymous");
  fill(element("reader"), [...technicians, ...others]);
  await messages.choose(element("reader").value);
}

element("call").addEventListener("click", () => {
  complain("");
  const other = element("other-number");
  if (!other.reportValidity()) return;
  call.dial(other.value.trim() || element("caller").value);
});
element("hang-up").addEventListener("click", () => call.hangUp());
element("silence").addEventListener("click", () => call.stayQuiet());
element("speech").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = element("words").value.trim();
  element("words").value = "";
  if (words) call.say(words);
});
element("reader").addEventListener("change", () => messages.choose(element("reader").value));
element("reply").addEventListener("submit", async (event) => {
  event.preventDefault();
  complain("");
  const body = element("body").value.trim();
  if (!body) return;
  element("body").value = "";
  await messages.send(body).catch((error) => complain(error.message));
});
element("pick-up").addEventListener("click", () => call.pickUp(messages.number));
element("decline").addEventListener("click", () => messages.decline().catch((error) => complain(error.message)));
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input:not([type=checkbox]), select");
  if (!isTyping && !event.ctrlKey && !event.metaKey && KEYS.includes(event.key)) press(event.key);
});
// Some browsers load their voices late, and only once somebody has asked for them.
window.speechSynthesis?.getVoices();

begin().catch((error) => complain(error.message));
