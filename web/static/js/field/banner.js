// What stands above everything: whether all is sent, what is in the way, what was refused.
import { draw } from "./drawing.js";
import { button, make } from "./elements.js";
import { enter } from "./entering.js";
import * as memory from "./memory.js";
import { findVisit, state } from "./state.js";
import { say } from "./words.js";

const understood = async (one) => {
  await memory.forgetTrouble(one.key);
  state.troubles = await memory.all("troubles");
  draw();
};

const writeMine = async (one) => {
  if (await enter(findVisit(one.visit), one.kind, one.data)) await understood(one);
};

const trouble = (one) =>
  make(
    "li", {},
    make("b", {}, `${one.visit} · ${say(`entry.${one.kind}`)}`),
    make("p", {}, one.outcome === "changed_meanwhile" ? say("field.changed_meanwhile") : say(`entry_refusal.${one.reason}`)),
    Object.keys(one.data || {}).length ? make("pre", {}, Object.values(one.data).filter((value) => typeof value === "string").join("\n")) : null,
    make("div", { class: "acts" },
      one.outcome === "changed_meanwhile" && findVisit(one.visit)
        ? button(say("field.write_mine"), () => writeMine(one), "primary")
        : null,
      button(say("field.understood"), () => understood(one))),
  );

export const banner = () => [
  make("p", { class: `sync${state.problem ? " trouble" : ""}${state.queue.length ? "" : " sent"}`, role: "status", id: "sync" },
    state.problem || (state.queue.length ? say("field.sending", { count: state.queue.length }) : say("field.all_sent")),
    state.problem && state.queue.length ? ` ${say("field.kept", { count: state.queue.length })}` : ""),
  state.isFull ? make("p", { class: "hint", role: "alert", id: "full" }, say("field.memory_full")) : null,
  state.hint ? make("p", { class: "hint", role: "alert" }, state.hint) : null,
  state.troubles.length ? make("section", { class: "troubles" }, make("h2", {}, say("field.troubles")), make("ul", {}, state.troubles.map(trouble))) : null,
];
