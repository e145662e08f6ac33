// The map beside the board. What is chosen on the timeline or in the list stands out on the map, and the other way round;
// the map itself holds nothing that those do not say.
"use strict";

const LINE_PATTERNS = ["", "8 6", "2 5"]; // after twelve routes colours come again, drawn otherwise

document.addEventListener("DOMContentLoaded", () => {
  const pane = document.getElementById("map");
  const days = document.getElementById("map-day");
  const timeline = document.getElementById("timeline");
  const requests = document.getElementById("request-lists");
  const { address, tiles, credit } = pane.dataset;

  const map = L.map(pane, { attributionControl: false, zoomSnap: 0.25 });
  if (credit) L.control.attribution({ prefix: false }).addTo(map);
  if (tiles) L.tileLayer(tiles, { attribution: credit }).addTo(map);
  const ground = L.layerGroup().addTo(map);
  const above = L.layerGroup().addTo(map);
  let shown = "";
  let drawn = null;
  let chosen = {};
  let routes = new Map(); // lane → its line, home and stops
  let places = new Map(); // key of a visit's block or of a request's line → its marker

  // As an element: Leaflet would take a string for markup, and names are whatever people gave.
  const asText = (text) => {
    const element = document.createElement("span");
    element.textContent = text;
    return element;
  };
  const textOf = (key) => {
    const element = document.getElementById(key);
    return asText(element?.dataset.detail || element?.textContent.replace(/\s+/g, " ").trim() || "");
  };

  const marker = (at, classes, text, key) => {
    const icon = L.divIcon({ className: `pin ${classes}`, html: text, iconSize: null });
    const made = L.marker(at, { icon, keyboard: false, riseOnHover: true }).addTo(above);
    if (!key) return made;
    places.set(key, made);
    made.bindTooltip(() => textOf(key), { direction: "top", className: "pin-text" });
    return made.on("click", () => goTo(key));
  };

  const drawShape = (shape, className) => {
    if (!shape.rings.length) return;
    const drawnShape = L.polygon(shape.rings, { className, interactive: false }).addTo(ground);
    if (shape.name) drawnShape.bindTooltip(asText(shape.name), { permanent: true, direction: "center", className: `${className}-name` });
  };

  const drawRoute = (route, index) => {
    const colour = `c${route.colour}`;
    const line = L.polyline([route.home, ...route.stops.map((stop) => stop.at), route.home], {
      className: `way ${colour}`, dashArray: LINE_PATTERNS[Math.floor(index / 12) % LINE_PATTERNS.length], interactive: false,
    }).addTo(above);
    const home = marker(route.home, `home ${colour}`, "");
    home.bindTooltip(asText(route.name), { direction: "top", className: "pin-text" });
    const stops = route.stops.map((stop) => {
      const pin = marker(stop.at, `stop ${colour} ${stop.state}${stop.is_late ? " late" : ""}`, `${stop.number}`, stop.key);
      places.set(stop.request, pin);
      return pin;
    });
    routes.set(route.lane, [line, home, ...stops]);
  };

  const draw = () => {
    ground.clearLayers();
    above.clearLayers();
    routes = new Map();
    places = new Map();
    drawn.districts.forEach((shape) => drawShape(shape, "district"));
    drawn.territories.forEach((shape) => drawShape(shape, "territory"));
    const day = days?.value;
    drawn.routes.filter((route) => !day || route.day === day).forEach(drawRoute);
    drawn.waiting.forEach((request) => marker(request.at, `waits ${request.tone}`, "?", request.key));
    markAtRisk();
    mark();
  };

  const seeAll = () => {
    const visited = [...drawn.routes.flatMap((route) => [route.home, ...route.stops.map((stop) => stop.at)]),
      ...drawn.waiting.map((request) => request.at)];
    const points = visited.length ? visited : drawn.territories.flatMap((shape) => shape.rings.flat());
    if (points.length) map.fitBounds(L.latLngBounds(points), { padding: [12, 12] });
    else map.setView([0, 0], 2);
  };

  // The list of promises at risk says which visits those are.
  const markAtRisk = () => {
    places.forEach((pin) => pin.getElement()?.classList.remove("at-risk"));
    document.querySelectorAll("[data-at-risk]").forEach((line) => places.get(line.dataset.atRisk)?.getElement()?.classList.add("at-risk"));
  };

  const mark = () => {
    const { lane, key } = chosen;
    pane.classList.toggle("choosing", routes.has(lane));
    routes.forEach((layers, of) => layers.forEach((layer) => layer.getElement()?.classList.toggle("of-chosen", of === lane)));
    above.eachLayer((layer) => layer.getElement()?.classList.toggle("chosen", Boolean(key) && layer === places.get(key)));
  };

  const choose = (lane, key) => {
    if (chosen.lane === lane && chosen.key === key) return;
    chosen = { lane, key };
    mark();
  };

  const goTo = (key) => {
    const element = document.getElementById(key);
    element?.scrollIntoView({ block: "center", inline: "center" });
    element?.focus({ preventScroll: true });
  };

  const laneOf = (element) => element?.closest(".lane")?.id;
  const onTimeline = (event) => {
    const block = event.target.closest("[data-detail]") || document.activeElement.closest("#timeline [data-detail]");
    choose(laneOf(event.target) || laneOf(block), block?.id);
  };
  const onRequests = (event, follow) => {
    const key = event.target.closest(".request-line")?.dataset.key;
    const pin = places.get(key);
    choose(undefined, key);
    if (pin && follow && !map.getBounds().contains(pin.getLatLng())) map.panTo(pin.getLatLng());
  };
  timeline.addEventListener("focusin", onTimeline);
  timeline.addEventListener("mouseover", onTimeline);
  timeline.addEventListener("mouseleave", () => choose());
  requests.addEventListener("focusin", (event) => onRequests(event, true));
  requests.addEventListener("mouseover", (event) => onRequests(event, false));
  requests.addEventListener("mouseleave", () => choose());
  days?.addEventListener("change", draw);

  const load = async () => {
    const answer = await fetch(address);
    if (!answer.ok || answer.headers.get("ETag") === shown) return;
    const isFirst = !shown;
    shown = answer.headers.get("ETag");
    drawn = await answer.json();
    if (isFirst) seeAll();
    draw();
  };

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!("live" in event.detail.elt.dataset) || event.detail.xhr.status !== 200) return;
    load().catch(() => {}); // the page says already when the server cannot be reached
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id === "at-risk") markAtRisk();
  });
  new ResizeObserver(() => map.invalidateSize()).observe(pane);
  load().catch(() => {});
});
