// The elements all parts of the page are made of.
import { state } from "./state.js";
import { say } from "./words.js";

export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value === "boolean") element[name] = value;
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
};

export const button = (text, act, kind = "") => make("button", { type: "button", class: kind, onclick: act }, text);
export const removeButton = (act, what) => make("button", { type: "button", class: "quiet", onclick: act, "aria-label": say("field.remove", { what }) }, "✕");
export const field = (label, input) => make("label", { class: "field" }, make("span", {}, label), input);
export const part = (id, title, isDone, ...children) =>
  make(
    "details",
    { class: `part${isDone ? " is-done" : ""}`, id, open: state.open === id },
    make("summary", { onclick: () => (state.open = state.open === id ? "" : id) }, make("b", {}, title), isDone ? make("span", { class: "mark" }, `✓ ${say("field.ready")}`) : ""),
    ...children,
  );
