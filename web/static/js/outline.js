// A territory's border on the map. The list of corners beside it is what is saved; the map draws that list and writes into it.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const JOIN_PIXELS = 12; // so near to a neighbour's corner a corner becomes that one
  const DECIMALS = 5; // about a metre

  const pane = document.getElementById("map");
  const list = document.getElementById("corner-list");
  const blank = document.getElementById("corner").content;
  const said = document.getElementById("outline-said");
  const [undoButton, addButton, clearButton, draftButton, savedButton] = ["undo", "add-corner", "clear", "draft", "take-saved"].map((id) => document.getElementById(id));
  const mayChange = "mayChange" in pane.dataset;
  const most = Number(pane.dataset.most);
  const ground = JSON.parse(pane.dataset.ground);
  const { tiles, credit } = pane.dataset;

  const map = L.map(pane, { attributionControl: false, zoomSnap: 0.25, doubleClickZoom: !mayChange });
  if (credit) L.control.attribution({ prefix: false }).addTo(map);
  if (tiles) L.tileLayer(tiles, { attribution: credit }).addTo(map);
  const below = L.layerGroup().addTo(map);
  const drawing = L.layerGroup().addTo(map);

  // A corner: `text` as it stands in its two fields, `at` where the map shows it; null while its fields hold no degrees.
  let corners = [];
  let past = [];
  let pins = [];

  const spliced = (from, without, ...made) => [...corners.slice(0, from), ...made, ...corners.slice(from + without)];
  const degreesOf = (text) => {
    const [latitude, longitude] = text.map((one) => (/^[+-]?\d+(\.\d+)?$/.test(one) ? Number(one) : NaN));
    return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? [latitude, longitude] : null;
  };
  const textOf = (degrees) => degrees.map((one) => one.toFixed(DECIMALS));

  // Some tiles show points elsewhere than where they are: only the server knows where.
  const convert = async (point, to) => {
    if (!pane.dataset.point) return point;
    const [latitude, longitude] = textOf(point);
    const answer = await fetch(`${pane.dataset.point}?latitude=${latitude}&longitude=${longitude}&to=${to}`);
    if (!answer.ok) throw new Error(`point: ${answer.status}`);
    return answer.json();
  };

  const drawGround = (shape, className) => {
    const drawn = L.polygon(shape.rings, { className, interactive: false }).addTo(below);
    if (!shape.name) return;
    const name = document.createElement("span");
    name.textContent = shape.name;
    drawn.bindTooltip(name, { permanent: true, direction: "center", className: `${className}-name` });
  };
  ground.districts.forEach((shape) => drawGround(shape, "district"));
  ground.territories.forEach((shape) => drawGround(shape, "territory"));
  if (ground.present.length) L.polygon(ground.present.map((corner) => corner.at), { className: "border-saved", interactive: false }).addTo(below);

  const change = (changed, focusOn) => {
    if (changed.length > most) {
      said.textContent = said.dataset.full;
      return;
    }
    past.push(corners);
    show(changed, focusOn);
  };

  const show = (changed, focusOn) => {
    said.textContent = "";
    corners = changed;
    write();
    draw();
    if (focusOn !== undefined) list.children[focusOn]?.querySelector("input")?.select();
  };

  // Lines stay where they are, so that whoever types in one keeps it.
  const write = () => {
    while (list.children.length > corners.length) list.lastElementChild.remove();
    while (list.children.length < corners.length) list.append(blank.cloneNode(true));
    [...list.children].forEach((line, index) => {
      line.querySelectorAll("[data-label]").forEach((element) => element.setAttribute("aria-label", `${element.dataset.label} ${index + 1}`));
      line.querySelectorAll("input").forEach((input, which) => {
        if (input.value === corners[index].text[which]) return;
        input.value = corners[index].text[which];
        line.classList.remove("crossing");
        line.querySelectorAll(".field-trouble").forEach((trouble) => trouble.remove());
        line.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
      });
    });
    if (undoButton) undoButton.disabled = !past.length;
    if (clearButton) clearButton.hidden = !corners.length;
    if (draftButton) draftButton.hidden = corners.length > 0;
  };

  const draw = () => {
    drawing.clearLayers();
    const shown = corners.map((corner, index) => ({ ...corner, index })).filter((corner) => corner.at);
    const border = L.polygon(shown.map((corner) => corner.at), { className: "border", interactive: false }).addTo(drawing);
    pins = [];
    shown.forEach((corner, order) => {
      const icon = L.divIcon({ className: "pin corner", html: `${corner.index + 1}`, iconSize: null });
      const pin = L.marker(corner.at, { icon, draggable: mayChange, keyboard: false, zIndexOffset: 1000 }).addTo(drawing);
      pins[corner.index] = pin;
      pin.on("click", () => list.children[corner.index]?.querySelector("input").focus());
      if (!mayChange) return;
      pin.on("drag", () => border.setLatLngs(shown.map((one, other) => (other === order ? pin.getLatLng() : one.at))));
      pin.on("dragend", () => inTurn(() => place(pin.getLatLng(), (made) => corners.map((one, index) => (index === corner.index ? made : one)))));
      pin.on("contextmenu", () => remove(corner.index));
      if (shown.length > 1) drawBetween(corner, shown[(order + 1) % shown.length]);
    });
  };

  const drawBetween = (corner, next) => {
    const icon = L.divIcon({ className: "pin between", iconSize: null });
    const middle = L.latLng((corner.at[0] + next.at[0]) / 2, (corner.at[1] + next.at[1]) / 2);
    const pin = L.marker(middle, { icon, keyboard: false, draggable: true }).addTo(drawing);
    const insert = () => inTurn(() => place(pin.getLatLng(), (made) => spliced(corner.index + 1, 0, made)));
    pin.on("click", insert);
    pin.on("dragend", insert);
  };

  // What needs the server comes one after the other, in the order of the clicks.
  let turn = Promise.resolve();
  const inTurn = (act) => {
    turn = turn.then(act).catch(() => {
      draw();
      said.textContent = said.dataset.lost;
    });
  };

  const joined = (spot) => {
    const pixel = map.latLngToContainerPoint(spot);
    return [...ground.neighbours, ...ground.present].find((one) => map.latLngToContainerPoint(one.at).distanceTo(pixel) <= JOIN_PIXELS);
  };

  const place = async (spot, into) => {
    const near = joined(spot);
    const degrees = near ? near.degrees : await convert([spot.lat, spot.lng], "ours");
    const at = near ? near.at : [spot.lat, spot.lng];
    change(into({ text: textOf(degrees), at }));
  };

  const read = async (index) => {
    const text = [...list.children[index].querySelectorAll("input")].map((input) => input.value.trim());
    const degrees = degreesOf(text);
    const at = degrees && (await convert(degrees, "tiles"));
    change(corners.map((one, other) => (other === index ? { text, at } : one)));
  };

  const remove = (index) => change(spliced(index, 1), Math.min(index, corners.length - 2));

  const insertAfter = (index) => {
    const [from, to] = [corners[index], corners[(index + 1) % corners.length]];
    const [start, end] = [degreesOf(from.text), degreesOf(to.text)];
    const empty = { text: ["", ""], at: null };
    if (!start || !end || from === to) return change(spliced(index + 1, 0, empty), index + 1);
    const middle = [(start[0] + end[0]) / 2, (start[1] + end[1]) / 2];
    return inTurn(async () => {
      const at = await convert(middle, "tiles");
      change(spliced(index + 1, 0, { text: textOf(middle), at }), index + 1);
    });
  };

  const undo = () => {
    if (past.length) show(past.pop());
  };

  const choose = (event) => {
    const index = [...list.children].indexOf(event.target.closest("li"));
    pins.forEach((pin, of) => pin.getElement()?.classList.toggle("chosen", of === index));
    if (pins[index] && !map.getBounds().contains(pins[index].getLatLng())) map.panTo(pins[index].getLatLng());
  };

  const seeAll = () => {
    const own = corners.map((corner) => corner.at).filter(Boolean);
    const saved = ground.present.map((corner) => corner.at);
    const about = own.length || saved.length ? [...own, ...saved] : ground.draft.map((corner) => corner.at);
    const points = about.length ? about : [...ground.territories, ...ground.districts].flatMap((shape) => shape.rings.flat());
    if (points.length) map.fitBounds(L.latLngBounds(points), { padding: [40, 40], maxZoom: 15 });
    else map.setView([31.2, 121.5], 4);
  };

  corners = [...list.children].map((line) => ({
    text: [...line.querySelectorAll("input")].map((input) => input.value),
    at: line.dataset.at ? JSON.parse(line.dataset.at) : null,
  }));
  seeAll();
  write();
  draw();
  list.addEventListener("focusin", choose);
  new ResizeObserver(() => map.invalidateSize()).observe(pane);
  if (!mayChange) return;

  map.on("click", (event) => inTurn(() => place(event.latlng, (made) => [...corners, made])));
  list.addEventListener("change", (event) => {
    const index = [...list.children].indexOf(event.target.closest("li"));
    inTurn(() => read(index));
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const index = [...list.children].indexOf(event.target.closest("li"));
    if (button?.classList.contains("remove")) remove(index);
    if (button?.classList.contains("insert")) insertAfter(index);
  });
  addButton.addEventListener("click", () => change([...corners, { text: ["", ""], at: null }], corners.length));
  clearButton.addEventListener("click", () => change([]));
  const takeOver = (made) => change(made.map((one) => ({ text: textOf(one.degrees), at: one.at })));
  draftButton?.addEventListener("click", () => takeOver(ground.draft));
  savedButton?.addEventListener("click", () => takeOver(ground.present));
  undoButton.addEventListener("click", undo);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.target.matches("input")) return;
    event.preventDefault();
    undo();
  });
});
