// A technician's page that works without a network. What is entered is written into the telephone first, then sent in
// order, as often as it takes: every entry has a key of its own, so that sending twice does nothing twice.
"use strict";

(() => {
  const app = document.getElementById("app");
  const given = document.body.dataset.secret || "";
  const LARGEST_SIDE = 1600;
  const SYNC_MILLISECONDS = 20000;
  const state = { secret: given, day: null, queue: [], troubles: [], isSyncing: false, isFull: false, problem: "", code: "" };

  const { kept, all } = fieldMemory;
  // What the office knows as well may be missing here: a full memory is said, and the page goes on with what it shows.
  const remember = (name, value) => fieldMemory.keep(name, value).catch(() => { state.isFull = true; });

  const newKey = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };

  // --- words and elements ---------------------------------------------------------------------------------------

  const say = (name, values = {}) =>
    ((state.day && state.day.sentences[name]) || name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  const money = (cents) => (cents / 100).toFixed(2);

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (name in element && typeof value === "boolean") element[name] = value;
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  };
  const button = (text, act, kind = "") => make("button", { type: "button", class: kind, onclick: act }, text);
  const removeButton = (act, what) => make("button", { type: "button", class: "quiet", onclick: act, "aria-label": say("field.remove", { what }) }, "✕");
  const field = (label, input) => make("label", { class: "field" }, make("span", {}, label), input);
  const part = (id, title, isDone, ...children) =>
    make(
      "details",
      { class: `part${isDone ? " is-done" : ""}`, id, open: state.open === id },
      make("summary", { onclick: () => (state.open = state.open === id ? "" : id) }, make("b", {}, title), isDone ? make("span", { class: "mark" }, `✓ ${say("field.ready")}`) : ""),
      ...children,
    );

  // --- entering: into the telephone first -----------------------------------------------------------------------

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

  const findVisit = (code, day = state.day) => day.visits.find((visit) => visit.code === code);
  const foreseeIn = (day, entry) => {
    const visit = day && findVisit(entry.visit, day);
    if (visit) foresee(visit, entry);
  };

  const entryOf = (visit, kind, data = {}, more = {}) => {
    const section = SECTIONS[kind];
    return {
      key: newKey(), kind, visit: visit.code, at: new Date().toISOString(), data, ...more,
      seen: section ? findVisit(visit.code).report.sections[section] || null : null,
    };
  };

  // Returns whether the telephone has them: if its memory is full, the boxes they were written in stay as they are.
  const enterAll = async (visit, entries, boxes = []) => {
    try {
      await fieldMemory.keepEntries(entries, visit.code, boxes);
    } catch {
      state.isFull = true;
      draw();
      return false;
    }
    state.isFull = false;
    emptyBoxes(visit, boxes);
    state.queue = await all("queue");
    // The day may have been read anew meanwhile: what is shown is the one to change.
    entries.forEach((entry) => foreseeIn(state.day, entry));
    draw();
    fieldMemory.tellOthers();
    sync();
    return true;
  };
  const enter = (visit, kind, data = {}, boxes = []) => enterAll(visit, [entryOf(visit, kind, data)], boxes);
  const photoEntry = (visit, photo, blob) => entryOf(visit, "photo", {}, { photo, blob });

  // --- sending: in order, until it is taken ---------------------------------------------------------------------

  const post = (path, body, type) =>
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
      const day = await kept("day");
      foreseeIn(day, entry);
      if (day) await remember("day", day);
      await fieldMemory.settle(entry, null);
      return;
    }
    const { blob, ...rest } = entry;
    await fieldMemory.settle(entry, { ...rest, outcome: result.outcome, reason: result.reason });
  };

  const sendQueue = async () => {
    for (let round = 0; round < 500; round += 1) {
      state.queue = await all("queue");
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
    fieldMemory.tellOthers();
    return day;
  };

  const show = async (day) => {
    state.queue = await all("queue");
    state.troubles = await all("troubles");
    for (const entry of state.queue) foreseeIn(day, entry);
    state.day = day;
    draw();
  };

  const alone = (act) => (navigator.locks ? navigator.locks.request("onecall-field", { ifAvailable: true }, (lock) => lock && act()) : act());

  const sync = () => {
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
        const latest = isEnded && (await kept("secret"));
        if (latest && latest !== state.secret) {
          state.secret = latest;
          state.isAskedAgain = true;
        }
        state.queue = await all("queue");
        state.troubles = await all("troubles");
        draw();
      }
    }).finally(() => {
      state.isSyncing = false;
      return state.isAskedAgain && sync();
    });
  };

  // --- pictures ------------------------------------------------------------------------------------------------

  const readImage = async (file) => {
    if (window.createImageBitmap) return createImageBitmap(file, { imageOrientation: "from-image" });
    const image = new Image();
    const address = await new Promise((resolve, reject) => {
      const reader = new FileReader();
      Object.assign(reader, { onload: () => resolve(reader.result), onerror: reject }).readAsDataURL(file);
    });
    await new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject, src: address }));
    return image;
  };

  const shrink = async (file) => {
    const image = await readImage(file);
    const scale = Math.min(1, LARGEST_SIDE / Math.max(image.width, image.height));
    const canvas = make("canvas", { width: Math.round(image.width * scale), height: Math.round(image.height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
  };

  const takePhoto = async (visit, kind, file) => {
    let blob = null;
    try {
      blob = await shrink(file);
    } catch {
      state.problem = say("entry_refusal.not_a_picture");
      draw();
      return;
    }
    await enterAll(visit, [photoEntry(visit, kind, blob)]);
  };

  const photoButton = (visit, kind) =>
    make(
      "label",
      { class: "button photo" },
      `${say(`file.${kind}`)} (${visit.report.photos[kind]})`,
      make("input", {
        type: "file", accept: "image/*", capture: "environment", id: `photo-${kind}`,
        onchange: (event) => event.target.files[0] && takePhoto(visit, kind, event.target.files[0]),
      }),
    );

  // --- what one writes and signs, kept until it has been entered ----------------------------------------------------

  let boxes = {}; // by visit and name: only what somebody has touched
  const pads = {};

  // What stands in the boxes of a form: `empty` says which there are, and what stands in those nobody has touched.
  const written = (visit, empty) => ({ ...empty, ...boxes[visit.code] });
  const write = (visit, name, value) => {
    (boxes[visit.code] = boxes[visit.code] || {})[name] = value;
    const isNowFull = (isFull) => {
      if (state.isFull === isFull) return;
      state.isFull = isFull;
      draw();
    };
    fieldMemory.keepBox(visit.code, name, value).then(() => isNowFull(false), () => isNowFull(true));
  };
  const recallBoxes = async () => {
    boxes = await fieldMemory.readBoxes();
    for (const key of Object.keys(pads)) {
      const [code, name] = key.split(":");
      if (!(boxes[code] || {})[name]) delete pads[key];
    }
  };
  const emptyBoxes = (visit, names) => {
    for (const name of names) {
      delete (boxes[visit.code] || {})[name];
      delete pads[`${visit.code}:${name}`];
    }
  };

  const typed = (visit, empty, name, attributes = {}, tag = "input") => {
    const input = make(tag, { id: `${name}-${visit.code}`, ...attributes, oninput: (event) => write(visit, name, event.target.value) });
    input.value = written(visit, empty)[name];
    return input;
  };
  const chosen = (visit, empty, name, options) =>
    make("select", { id: `${name}-${visit.code}`, onchange: (event) => { write(visit, name, event.target.value); draw(); } },
      options.map(([value, text]) => make("option", { value, selected: written(visit, empty)[name] === value }, text)));

  // Pads outlive a redraw of the page and a reload: a signature must not vanish because a photo has just been sent.
  const openPad = (visit, name, label) => {
    const canvas = make("canvas", { class: "pad", width: 600, height: 220, "aria-label": label, role: "img" });
    const pen = new SignaturePad(canvas, { backgroundColor: "rgba(0,0,0,0)", penColor: "#10202c" });
    const before = (boxes[visit.code] || {})[name];
    if (before) {
      canvas.width = before.width;
      pen.fromData(before.strokes);
    }
    pen.addEventListener("endStroke", () => write(visit, name, { width: canvas.width, strokes: pen.toData() }));
    return { canvas, pen };
  };
  const pad = (visit, name, label) => {
    const key = `${visit.code}:${name}`;
    pads[key] = pads[key] || openPad(visit, name, label);
    const { canvas, pen } = pads[key];
    const fit = () => {
      if (canvas.offsetWidth && pen.isEmpty() && Math.abs(canvas.width - canvas.offsetWidth) > 1) canvas.width = canvas.offsetWidth;
    };
    requestAnimationFrame(fit);
    canvas.onpointerenter = fit;
    const clear = () => {
      pen.clear();
      if (boxes[visit.code]) delete boxes[visit.code][name];
      fieldMemory.forgetBoxes(visit.code, [name]).catch(() => {});
    };
    return make("div", { class: "field" }, make("span", {}, label), canvas, button(say("field.clear"), clear, "quiet"));
  };
  const isSigned = (visit, ...names) => names.every((name) => pads[`${visit.code}:${name}`] && !pads[`${visit.code}:${name}`].pen.isEmpty());
  const signatureEntry = async (visit, name) => {
    const blob = await new Promise((resolve) => pads[`${visit.code}:${name}`].canvas.toBlob(resolve, "image/png"));
    return photoEntry(visit, "signature", blob);
  };

  const complain = (words) => {
    state.hint = words;
    draw();
  };

  // --- the parts of a visit ------------------------------------------------------------------------------------

  const answers = ["done", "not_done", "not_needed"];
  const itemsOf = (visit) => state.day.checklist.filter((item) => !item.kind || item.kind === visit.kind);
  // An installation is reported in the boxes of a repair, which are called otherwise there.
  const wordsOf = (visit, name) => say(`field.${visit.kind === "installation" ? "installation_" : ""}${name}`);
  const checklist = (visit, moment) => {
    const items = itemsOf(visit).filter((item) => item.moment === moment);
    const isDone = items.every((item) => visit.report.answers[item.code]);
    const rows = items.map((item) =>
      make(
        "fieldset",
        { class: "item", disabled: !visit.report.is_writable },
        make("legend", {}, item.text),
        answers.map((answer) =>
          make(
            "label",
            {},
            make("input", {
              type: "radio", name: `${visit.code}-${item.code}`, id: `${item.code}-${answer}-${visit.code}`, value: answer, checked: visit.report.answers[item.code] === answer,
              onchange: () => enter(visit, "checklist", { item: item.code, answer }),
            }),
            make("span", {}, say(`checklist_answer.${answer}`)),
          ),
        ),
      ),
    );
    const open = items.filter((item) => !visit.report.answers[item.code]);
    const everything = () => enterAll(visit, open.map((item) => entryOf(visit, "checklist", { item: item.code, answer: "done" })));
    return part(`check-${moment}`, say(`checklist_moment.${moment}`), isDone, ...rows, isDone ? null : button(say("field.all_done"), everything));
  };

  const plain = (serial) => serial.toUpperCase().replace(/[^A-Z0-9]/g, "");

  // The camera looks in a window of its own, which a redraw of the page leaves alone. A machine has several codes on it:
  // the one on file is what is looked for; another is only written into the box, for the technician to judge.
  const scan = async (visit) => {
    const video = make("video", { playsinline: true, muted: true });
    const view = make("dialog", { class: "scanner", "aria-label": say("field.scan") }, video, button(say("field.scan_stop"), () => view.remove(), "big"));
    view.addEventListener("cancel", () => view.remove());
    document.body.append(view);
    let stream = null;
    let read = "";
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      view.showModal();
      video.srcObject = stream;
      await video.play();
      const detector = new BarcodeDetector();
      for (let tries = 0; tries < 300 && view.isConnected; tries += 1) {
        const codes = (await detector.detect(video)).map((one) => one.rawValue.slice(0, 40));
        const right = codes.find((code) => plain(code) === plain(visit.serial));
        if (right && view.isConnected) return enter(visit, "serial", { serial: right, check: "camera" }, ["serial"]);
        read = codes[0] || read;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    } catch {
      read = "";
    } finally {
      if (stream) stream.getTracks().forEach((track) => track.stop());
      view.remove();
    }
    if (!read) return complain(say("field.scan_failed"));
    write(visit, "serial", read);
    return complain(say("field.scan_other", { serial: read }));
  };

  const serial = (visit) => {
    const { report } = visit;
    const empty = { serial: report.serial_seen };
    const isRight = report.serial_check && report.serial_check !== "unreadable" && plain(report.serial_seen) === plain(visit.serial);
    const compare = () => {
      const seen = written(visit, empty).serial.trim();
      return seen ? enter(visit, "serial", { serial: seen, check: "keypad" }, ["serial"]) : complain(say("field.serial_empty"));
    };
    return part(
      "part-serial",
      say("field.serial"),
      Boolean(report.serial_check),
      make("p", {}, say("field.on_file", { product: visit.product, model: visit.model, serial: visit.serial, on: visit.purchased_on || "–" })),
      report.serial_check ? make("p", { class: isRight ? "right" : "wrong", role: "status" }, isRight ? `✓ ${say("field.serial_right")}` : `✗ ${say("field.serial_wrong")}`) : null,
      "BarcodeDetector" in window ? null : make("p", { class: "note" }, say("field.scan_unable")),
      field(say("field.serial_seen"), typed(visit, empty, "serial", { maxlength: 40, autocapitalize: "characters", autocomplete: "off" })),
      make(
        "div",
        { class: "acts" },
        "BarcodeDetector" in window ? button(say("field.scan"), () => scan(visit)) : null,
        button(say("field.compare"), compare, "primary"),
        button(say("serial_check.unreadable"), () => enter(visit, "serial", { serial: "", check: "unreadable" }, ["serial"])),
      ),
      photoButton(visit, "serial"),
    );
  };

  const diagnosis = (visit) => {
    const { report } = visit;
    const empty = { fault_found: report.fault_found, cause: report.cause, action: report.action };
    const names = Object.keys(empty);
    const rows = names.map((name) => field(wordsOf(visit, name), typed(visit, empty, name, { rows: 2, maxlength: 2000 }, "textarea")));
    const save = () => {
      const now = written(visit, empty);
      if (!now.fault_found.trim()) return complain(say("field.diagnosis_empty"));
      return enter(visit, "diagnosis", Object.fromEntries(names.map((name) => [name, now[name].trim()])), names);
    };
    return part("part-diagnosis", wordsOf(visit, "diagnosis"), Boolean(report.fault_found && report.action), ...rows, button(say("field.save"), save, "primary"));
  };

  const readCents = (text) => (/^\d{1,7}([.,]\d{1,2})?$/.test(text.trim()) ? Math.round(parseFloat(text.replace(",", ".")) * 100) : null);

  const readQuantity = (text) => (/^[1-9]\d{0,2}$/.test(text.trim()) ? Number(text) : null);

  const CHARGES = ["labour", "part", "travel", "other"];
  const NEW_LINE = { line_kind: "labour", line_text: "", line_amount: "", line_quantity: "1" };
  const charges = (visit) => {
    const { report } = visit;
    const total = report.lines.reduce((sum, line) => sum + line.quantity * line.unit_cents, 0);
    const empty = { charge_signer: visit.customer, plan_method: "", plan_minutes: "", salesperson: "" };
    // Other lines are another agreement: what was signed for those before is not a signature for these.
    const signature = `charges_signature_${report.sections.charges || ""}`;
    const add = () => {
      const now = written(visit, NEW_LINE);
      const cents = readCents(now.line_amount);
      const quantity = readQuantity(now.line_quantity);
      if (!now.line_text.trim() || cents === null || quantity === null) return complain(say("field.line_wrong"));
      const line = { kind: now.line_kind, description: now.line_text.trim(), quantity, unit_cents: cents };
      return enter(visit, "charges", { lines: [...report.lines, line] }, [...Object.keys(NEW_LINE), signature]);
    };
    const remove = (index) => enter(visit, "charges", { lines: report.lines.filter((_, place) => place !== index) }, [signature]);
    const agree = async () => {
      const now = written(visit, empty);
      const minutes = Number(now.plan_minutes);
      if (!now.plan_method.trim() || !Number.isInteger(minutes) || minutes < 1 || minutes > 10080) return complain(say("field.plan_wrong"));
      if (!isSigned(visit, signature) || !now.charge_signer.trim()) return complain(say("field.sign_first"));
      const signed = await signatureEntry(visit, signature);
      const plan = { total_cents: total, method: now.plan_method.trim(), minutes, salesperson: now.salesperson.trim() };
      const agreement = entryOf(visit, "charges_agreed", { ...plan, signer: now.charge_signer.trim(), signature: signed.key });
      return enterAll(visit, [signed, agreement], [signature, ...Object.keys(empty)]);
    };
    const isAgreed = total === (report.agreed_total_cents ?? 0);
    return part(
      "part-charges",
      say("field.charges"),
      isAgreed && (report.lines.length > 0 || report.is_signed),
      make("p", {}, say("field.charges_before_work")),
      make("ul", { class: "lines" }, report.lines.map((line, index) => make("li", {},
        make("span", {}, `${say(`charge.${line.kind}`)} · ${line.description} × ${line.quantity}`),
        make("b", { class: "number" }, money(line.quantity * line.unit_cents)),
        removeButton(() => remove(index), line.description)))),
      isAgreed && report.agreed_method ? make("p", { class: "right" }, `✓ ${report.agreed_method} (${say("field.plan_takes", { minutes: report.agreed_minutes })})`) : null,
      make("p", { class: "total" }, make("span", {}, say("field.total")), make("b", { class: "number" }, money(total))),
      make("div", { class: "new-line" },
        field(say("field.line_kind"), chosen(visit, NEW_LINE, "line_kind", CHARGES.map((word) => [word, say(`charge.${word}`)]))),
        field(say("field.line_text"), typed(visit, NEW_LINE, "line_text", { maxlength: 120 })),
        field(say("field.line_amount"), typed(visit, NEW_LINE, "line_amount", { inputmode: "decimal", autocomplete: "off" })),
        field(say("field.line_quantity"), typed(visit, NEW_LINE, "line_quantity", { inputmode: "numeric", autocomplete: "off" })),
        button(say("field.add"), add)),
      total > 0 && !isAgreed
        ? make("div", {},
            field(say("field.plan_method"), typed(visit, empty, "plan_method", { rows: 2, maxlength: 2000 }, "textarea")),
            field(say("field.plan_minutes"), typed(visit, empty, "plan_minutes", { inputmode: "numeric", autocomplete: "off" })),
            field(say("field.salesperson"), typed(visit, empty, "salesperson", { maxlength: 80 })),
            field(say("field.signer"), typed(visit, empty, "charge_signer", { maxlength: 80 })),
            pad(visit, signature, say("field.customer_signature")),
            button(say("field.agree", { total: money(total) }), agree, "primary"))
        : null,
    );
  };

  // What is on the van is chosen, not typed with gloves on; any other part is written by its code.
  const NEW_PART = { part_picked: "", part_code: "", part_quantity: "1", part_old_serial: "", part_new_serial: "" };
  const parts = (visit) => {
    const { report } = visit;
    const { van } = state.day;
    const isOther = !van.length || !written(visit, NEW_PART).part_picked;
    const nameOf = (code) => (van.find((one) => one.part_code === code) || { name: "" }).name;
    const add = () => {
      const now = written(visit, NEW_PART);
      const code = (isOther ? now.part_code : now.part_picked).trim();
      const quantity = readQuantity(now.part_quantity);
      if (!code || quantity === null) return complain(say("field.part_wrong"));
      const fitted = { part_code: code, quantity, old_serial: now.part_old_serial.trim(), new_serial: now.part_new_serial.trim() };
      return enter(visit, "parts", { parts: [...report.parts, fitted] }, Object.keys(NEW_PART));
    };
    const remove = (index) => enter(visit, "parts", { parts: report.parts.filter((_, place) => place !== index) });
    const serials = (one) => [one.old_serial, one.new_serial].filter(Boolean).join(" → ");
    return part(
      "part-parts", say("field.parts"), report.parts.length > 0,
      make("ul", { class: "lines" }, report.parts.map((one, index) => make("li", {},
        make("span", {}, `${one.part_code} ${nameOf(one.part_code)} × ${one.quantity} ${serials(one)}`), removeButton(() => remove(index), one.part_code)))),
      van.length
        ? field(say("field.from_van"), chosen(visit, NEW_PART, "part_picked", [
            ["", say("field.other_part")], ...van.map((one) => [one.part_code, `${one.part_code} ${one.name} (${one.units})`])]))
        : null,
      isOther ? field(say("field.part_code"), typed(visit, NEW_PART, "part_code", { maxlength: 40, autocapitalize: "characters", autocomplete: "off" })) : null,
      field(say("field.line_quantity"), typed(visit, NEW_PART, "part_quantity", { inputmode: "numeric", autocomplete: "off" })),
      field(say("field.old_serial"), typed(visit, NEW_PART, "part_old_serial", { maxlength: 40, autocapitalize: "characters", autocomplete: "off" })),
      field(say("field.new_serial"), typed(visit, NEW_PART, "part_new_serial", { maxlength: 40, autocapitalize: "characters", autocomplete: "off" })),
      button(say("field.add"), add),
    );
  };

  const listParts = (parts) => parts.map((one) => make("li", {}, make("span", {}, `${one.quantity} × ${one.part_code} ${one.name}`)));

  const pickUps = (visit) =>
    visit.pick_ups.map((one) =>
      make(
        "section", { class: "note pick-up" },
        make("b", {}, say("field.pick_up", { place: one.name, at: one.at })),
        make("ul", {}, listParts(one.parts)),
        make("div", { class: "acts" },
          make("a", { class: "button small", href: one.map }, say("route.map")),
          button(say("field.fetched"), () => enter(visit, "fetched", { place: one.place, parts: one.parts.map(({ part_code, quantity }) => ({ part_code, quantity })) }), "primary")),
      ));

  const spent = (visit) => {
    const kinds = state.day.expense_kinds;
    const empty = { spent_kind: kinds[0], spent_amount: "", spent_note: "" };
    const claim = (blob) => {
      const now = written(visit, empty);
      const cents = readCents(now.spent_amount);
      if (!cents) return complain(say("field.spent_wrong"));
      const receipt = blob ? [photoEntry(visit, "receipt", blob)] : [];
      const claimed = { kind: now.spent_kind, amount_cents: cents, note: now.spent_note.trim(), receipt: blob ? receipt[0].key : null };
      return enterAll(visit, [...receipt, entryOf(visit, "expense", claimed)], Object.keys(empty));
    };
    const photograph = (file) => shrink(file).then(claim, () => complain(say("entry_refusal.not_a_picture")));
    return part(
      "part-spent", say("field.spent"), false,
      make("ul", { class: "lines" }, visit.expenses.map((one) => make("li", {},
        make("span", {}, `${say(`expense_kind.${one.kind}`)} ${one.note} · ${say(`expense_state.${one.state}`)}`), make("b", { class: "number" }, money(one.amount_cents))))),
      field(say("field.line_kind"), chosen(visit, empty, "spent_kind", kinds.map((word) => [word, say(`expense_kind.${word}`)]))),
      field(say("field.spent_amount"), typed(visit, empty, "spent_amount", { inputmode: "decimal", autocomplete: "off" })),
      field(say("field.note"), typed(visit, empty, "spent_note", { maxlength: 200 })),
      make("div", { class: "acts" },
        make("label", { class: "button photo" }, say("field.spent_with_receipt"),
          make("input", { type: "file", accept: "image/*", capture: "environment", id: "photo-receipt", onchange: (event) => event.target.files[0] && photograph(event.target.files[0]) })),
        button(say("field.spent_without"), () => claim(null))),
    );
  };

  const WISH = { wish_code: "", wish_quantity: "1" };
  const wish = (visit) => {
    const ask = async () => {
      const now = written(visit, WISH);
      const quantity = readQuantity(now.wish_quantity);
      if (!now.wish_code.trim() || quantity === null) return complain(say("field.part_wrong"));
      const isKept = await enter(visit, "need_part", { part_code: now.wish_code.trim(), quantity }, Object.keys(WISH));
      return isKept && complain(say("field.part_asked"));
    };
    return part(
      "part-wish", say("field.need_part"), false,
      visit.kept.length ? make("p", {}, say("field.kept_parts")) : null,
      make("ul", { class: "lines" }, listParts(visit.kept)),
      field(say("field.part_code"), typed(visit, WISH, "wish_code", { maxlength: 40, autocapitalize: "characters", autocomplete: "off" })),
      field(say("field.line_quantity"), typed(visit, WISH, "wish_quantity", { inputmode: "numeric", autocomplete: "off" })),
      button(say("field.ask_part"), ask),
    );
  };

  const photos = (visit) =>
    part("part-photos", say("field.photos"), visit.report.photos.after > 0, make("div", { class: "acts" }, ["before", "step", "after", "proof"].map((kind) => photoButton(visit, kind))));

  const signing = (visit) => {
    const { report } = visit;
    const empty = { opinion: "", opinion_note: "", signer: visit.customer };
    const opinion = written(visit, empty).opinion;
    const pens = ["customer_signature", "technician_signature"];
    const sign = async () => {
      const now = written(visit, empty);
      if (!now.opinion) return complain(say("missing.opinion"));
      if (!isSigned(visit, ...pens) || !now.signer.trim()) return complain(say("field.sign_first"));
      const [theirs, mine] = [await signatureEntry(visit, pens[0]), await signatureEntry(visit, pens[1])];
      const signed = { opinion: now.opinion, note: now.opinion_note.trim(), signer: now.signer.trim(), customer_signature: theirs.key, technician_signature: mine.key };
      return enterAll(visit, [theirs, mine, entryOf(visit, "signed", signed)], [...Object.keys(empty), ...pens]);
    };
    const isUnhappy = report.is_signed && report.opinion === "not_satisfied";
    const faces = { satisfied: "☺", acceptable: "◔", not_satisfied: "☹" };
    return part(
      "part-sign", say("field.sign"), report.is_signed,
      isUnhappy ? make("p", { class: "wrong" }, say("field.not_satisfied")) : null,
      make("fieldset", { class: "item" }, make("legend", {}, say("field.opinion")), Object.keys(faces).map((word) => make("label", {},
        make("input", { type: "radio", name: `opinion-${visit.code}`, id: `opinion-${word}-${visit.code}`, value: word, checked: opinion === word, onchange: () => write(visit, "opinion", word) }),
        make("span", {}, `${faces[word]} ${say(`opinion.${word}`)}`)))),
      field(say("field.opinion_note"), typed(visit, empty, "opinion_note", { rows: 2, maxlength: 2000 }, "textarea")),
      field(say("field.signer"), typed(visit, empty, "signer", { maxlength: 80 })),
      ...pens.map((name) => pad(visit, name, say(`field.${name}`))),
      button(say("field.sign"), sign, "primary"),
    );
  };

  // What is still missing, worked out on the telephone as the server will: nobody walks out of the cellar to be sent back.
  const missing = (visit) => {
    const { report } = visit;
    const total = report.lines.reduce((sum, line) => sum + line.quantity * line.unit_cents, 0);
    const wanted = {
      checklist: itemsOf(visit).every((item) => !item.required || report.answers[item.code]),
      serial: Boolean(report.serial_check),
      diagnosis: Boolean(report.fault_found && report.action),
      charges: total === (report.agreed_total_cents ?? 0),
      photo_steps: visit.kind !== "installation" || report.photos.step >= state.day.least_steps,
      photo_after: report.photos.after > 0,
      customer_signature: report.is_signed,
    };
    return Object.keys(wanted).filter((name) => !wanted[name]);
  };

  const UNFINISHED = { reason: "", unfinished_note: "", next_on: "" };
  const askWindows = async (visit) => {
    try {
      const answer = await post(`visits/${visit.code}/windows`, JSON.stringify({ not_before_on: written(visit, UNFINISHED).next_on || null }), "application/json");
      if (!answer.ok) throw new Error(String(answer.status));
      state.windows = { code: visit.code, list: (await answer.json()).windows };
      state.hint = state.windows.list.length ? "" : say("field.no_window");
    } catch {
      state.hint = say("field.next_needs_network");
    }
    draw();
  };

  const bookNext = async (visit, hold) => {
    try {
      const answer = await post(`visits/${visit.code}/next`, JSON.stringify({ hold_id: hold }), "application/json");
      state.windows = null;
      if (answer.ok) visit.report.next_visit = (await answer.json()).words;
      else state.hint = say("field.window_lost");
    } catch {
      state.hint = say("field.next_needs_network");
    }
    draw();
  };

  const unfinished = (visit) => {
    const reasons = [["", say("field.choose_reason")], ...state.day.reasons.map((word) => [word, say(`incomplete_reason.${word}`)])];
    const leave = () => {
      const now = written(visit, UNFINISHED);
      if (!now.reason) return complain(say("field.choose_reason"));
      return enter(visit, "incomplete", { reason: now.reason, note: now.unfinished_note.trim() }, Object.keys(UNFINISHED));
    };
    const offered = state.windows && state.windows.code === visit.code ? state.windows.list : [];
    return part(
      "part-unfinished", say("field.unfinished"), false,
      field(say("field.reason"), chosen(visit, UNFINISHED, "reason", reasons)),
      field(say("field.note"), typed(visit, UNFINISHED, "unfinished_note", { rows: 2, maxlength: 2000 }, "textarea")),
      visit.report.next_visit
        ? make("p", { class: "right", role: "status" }, `✓ ${say("field.next_booked", { window: visit.report.next_visit })}`)
        : make("div", { class: "next" },
            field(say("field.next_on"), typed(visit, UNFINISHED, "next_on", { type: "date" })),
            button(say("field.ask_windows"), () => askWindows(visit)),
            make("div", { class: "acts" }, offered.map((one) => button(one.words, () => bookNext(visit, one.hold_id), "primary")))),
      button(say("field.leave"), leave, "danger"),
    );
  };

  const LATE_MINUTES = [15, 30, 45, 60];
  const late = (visit) => {
    const tell = async (minutes) => (await enter(visit, "late", { minutes })) && complain(say("field.late_said"));
    return part(
      "part-late", say("field.late"), false,
      make("p", {}, say("field.late_words")),
      visit.expected ? make("p", {}, make("b", {}, say("field.expected", { at: visit.expected }))) : null,
      make("div", { class: "acts" }, LATE_MINUTES.map((minutes) => button(say("field.late_minutes", { minutes }), () => tell(minutes)))),
    );
  };

  // What ends a visit takes two touches: first the words about it, then the button.
  const NOBODY = { nobody_note: "" };
  const nobodyHome = (visit) => {
    const leave = () => enter(visit, "no_access", { reason: "nobody_home", note: written(visit, NOBODY).nobody_note.trim() }, Object.keys(NOBODY));
    return part(
      "part-nobody", say("field.nobody_home"), false,
      make("p", {}, say("field.no_access_words")),
      photoButton(visit, "door"),
      field(say("field.note"), typed(visit, NOBODY, "nobody_note", { rows: 2, maxlength: 2000 }, "textarea")),
      button(say("field.leave_no_access"), leave, "danger"),
    );
  };

  const HELP = { help_note: "" };
  const expertReport = (visit, one) =>
    make(
      "section", { class: "note" },
      make("p", {}, make("b", {}, `${one.number} ${say(`exception_state.${one.state}`)}`), one.state === "open" && one.until ? ` · ${say("field.experts_until", { at: one.until })}` : ""),
      make("p", {}, one.problem),
      one.answer ? make("p", { class: "answer" }, one.answer) : null,
      one.state === "answered"
        ? make("div", { class: "acts" },
            button(say("field.answer_helped"), () => enter(visit, "tried_answer", { report: one.report, is_solved: true }), "primary"),
            button(say("field.answer_failed"), () => enter(visit, "tried_answer", { report: one.report, is_solved: false }), "danger"))
        : null,
    );
  const help = (visit) => {
    const words = () => written(visit, HELP).help_note.trim();
    const call = async () => (await enter(visit, "need_help", { note: words() }, Object.keys(HELP))) && complain(say("field.help_asked"));
    const ask = async () => {
      if (!words()) return complain(say("field.problem_empty"));
      return (await enter(visit, "ask_experts", { problem: words() }, Object.keys(HELP))) && complain(say("field.experts_asked"));
    };
    return part(
      "part-help", say("field.need_help"), false,
      field(say("field.help_note"), typed(visit, HELP, "help_note", { rows: 2, maxlength: 2000 }, "textarea")),
      make("div", { class: "acts" }, button(say("field.call_for_help"), call, "danger"), button(say("field.ask_experts"), ask)),
      make("p", {}, say("field.experts_words")),
    );
  };

  const DECLINE = { decline_note: "" };
  const decline = (visit) => {
    const give = async () => {
      const note = written(visit, DECLINE).decline_note.trim();
      if (!note) return complain(say("field.decline_why"));
      return (await enter(visit, "decline", { note }, Object.keys(DECLINE))) && complain(say("field.declined"));
    };
    return part(
      "part-decline", say("field.decline"), false,
      field(say("field.decline_why"), typed(visit, DECLINE, "decline_note", { rows: 2, maxlength: 160, required: true }, "textarea")),
      button(say("field.decline"), give, "danger"),
    );
  };

  const finish = (visit) => {
    const left = missing(visit);
    return make(
      "section", { class: "finish" },
      left.length ? make("ul", { class: "missing" }, left.map((name) => make("li", {}, say(`missing.${name}`)))) : null,
      make("button", { type: "button", class: "primary big", disabled: left.length > 0, id: "done", onclick: () => enter(visit, "done") }, say("field.done")),
    );
  };

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
  const steps = (visit) => (NEXT[visit.state] || []).map((kind) =>
    make("button", {
      type: "button", id: `step-${kind}`, class: kind === NEXT[visit.state][0] ? "primary big" : "big",
      onclick: () => (kind === "departed" ? depart(visit) : enter(visit, kind)),
    }, say(`field.step_${kind}`)));

  const where = (visit) =>
    make("div", { class: "acts" }, visit.maps.map((map, index) => make("a", { class: index ? "button small" : "button", href: map.href, rel: "noreferrer", target: "_blank" }, map.name)));

  const callCustomer = async (visit) => {
    try {
      const answer = await post(`visits/${visit.code}/call`, "{}", "application/json");
      complain(say(`route.${answer.ok ? (await answer.json()).said : "cannot_call"}`));
    } catch {
      complain(say("route.call_needs_network"));
    }
  };

  const visitPage = (visit) => {
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

  // --- the list of the day --------------------------------------------------------------------------------------

  const ENDED = ["completed", "no_access", "incomplete", "cancelled"];
  const stopCard = (visit) =>
    make(
      "li", { class: `stop${ENDED.includes(visit.state) ? " done" : ""}` },
      make("a", { class: "open", href: `#${visit.code}` },
        make("div", { class: "when" }, make("b", {}, visit.starts), make("span", { class: `state ${visit.state}` }, say(`visit_state.${visit.state}`))),
        make("h2", {}, make("span", { class: "code" }, visit.code), ` ${visit.customer}`),
        make("p", { class: "address" }, visit.address),
        make("p", {}, `${visit.product} · ${visit.fault}`),
        visit.pick_ups.map((one) => make("p", { class: "note" }, say("field.pick_up", { place: one.name, at: one.at })))),
    );

  // What is next stands under the thumb; what is done stays at hand above it, folded.
  const dayList = (visits) => {
    const done = visits.filter((visit) => ENDED.includes(visit.state));
    const folded = make("details", { class: "done-stops" }, make("summary", {}, say("route.done", { count: done.length })), make("ol", {}, done.map(stopCard)));
    folded.open = Boolean(state.showsDone);
    folded.addEventListener("toggle", () => { state.showsDone = folded.open; });
    const open = visits.filter((visit) => !ENDED.includes(visit.state));
    const rest = open.length ? open.map(stopCard) : make("li", { class: "empty" }, say("route.empty"));
    return [done.length ? folded : null, make("ol", {}, rest)];
  };

  const understood = async (one) => {
    await fieldMemory.forgetTrouble(one.key);
    state.troubles = await all("troubles");
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

  const banner = () => [
    make("p", { class: `sync${state.problem ? " trouble" : ""}${state.queue.length ? "" : " sent"}`, role: "status", id: "sync" },
      state.problem || (state.queue.length ? say("field.sending", { count: state.queue.length }) : say("field.all_sent")),
      state.problem && state.queue.length ? ` ${say("field.kept", { count: state.queue.length })}` : ""),
    state.isFull ? make("p", { class: "hint", role: "alert", id: "full" }, say("field.memory_full")) : null,
    state.hint ? make("p", { class: "hint", role: "alert" }, state.hint) : null,
    state.troubles.length ? make("section", { class: "troubles" }, make("h2", {}, say("field.troubles")), make("ul", {}, state.troubles.map(trouble))) : null,
  ];

  // What is in hand keeps the page still: a button replaced under a finger would swallow the tap, a pad the stroke, and
  // a box the word that is still being composed. The page is drawn anew as soon as it is let go.
  const LONGEST_HOLD_MILLISECONDS = 10000;
  const TAP_MILLISECONDS = 50;
  const held = { timer: 0, isStale: false };
  const letGo = () => {
    held.timer = 0;
    if (held.isStale) draw();
  };
  const holdFor = (milliseconds) => {
    clearTimeout(held.timer);
    held.timer = setTimeout(letGo, milliseconds);
  };
  const watchHands = () => {
    const isChoice = (event) => event.target instanceof HTMLSelectElement;
    for (const began of ["pointerdown", "compositionstart", "compositionupdate"]) addEventListener(began, () => holdFor(LONGEST_HOLD_MILLISECONDS), true);
    // A list stays open after the finger has gone, and a tap's click comes after the finger.
    for (const ended of ["pointerup", "pointercancel", "compositionend", "change"]) {
      addEventListener(ended, (event) => (isChoice(event) && ended !== "change" ? undefined : holdFor(TAP_MILLISECONDS)), true);
    }
  };

  // A word more at the top must not move what is about to be touched: it stays where it is on the screen.
  const firstInView = () => [...app.querySelectorAll(".part, .big")].find((one) => one.id && one.getBoundingClientRect().bottom > 0);
  const keepInPlace = (before, top) => {
    const after = before && document.getElementById(before.id);
    if (after) scrollBy(0, after.getBoundingClientRect().top - top);
  };

  const draw = () => {
    if (!state.day) return;
    held.isStale = Boolean(held.timer);
    if (held.isStale) return;
    const active = document.activeElement && document.activeElement.id;
    const caret = document.activeElement && document.activeElement.selectionStart;
    const visit = findVisit(decodeURIComponent(location.hash.slice(1)));
    const drawn = state.code;
    if (state.code !== (visit ? visit.code : "")) {
      state.code = visit ? visit.code : "";
      state.hint = "";
      scrollTo(0, 0);
    }
    document.documentElement.lang = state.day.language;
    document.querySelectorAll("[data-day]").forEach((element) => {
      const who = element.dataset.day === "with-name" ? `${state.day.technician} ${state.day.number} · ` : "";
      element.textContent = `${who}${state.day.on} · ${state.day.hours}`;
    });
    document.querySelectorAll("[data-hotline]").forEach((element) => {
      element.href = `tel:${state.day.hotline}`;
      element.textContent = say("route.call_us", { number: state.day.hotline });
    });
    const still = state.code === drawn ? firstInView() : null;
    const top = still && still.getBoundingClientRect().top;
    app.replaceChildren(...[...banner(), ...(visit ? [visitPage(visit)] : dayList(state.day.visits))].filter(Boolean));
    keepInPlace(still, top);
    const focused = active && document.getElementById(active);
    if (focused) {
      focused.focus({ preventScroll: true });
      if (typeof caret === "number" && focused.setSelectionRange && ["text", "textarea", ""].includes(focused.type)) focused.setSelectionRange(caret, caret);
    }
  };

  // --- beginning -----------------------------------------------------------------------------------------------

  const keepPage = async () => {
    if (!("serviceWorker" in navigator)) return;
    await navigator.serviceWorker.register("/r/worker.js", { scope: "/r/" });
    const files = [...document.querySelectorAll("script[src], link[rel=stylesheet], link[rel=icon]")].map((element) => element.src || element.href);
    const cache = await caches.open("onecall-field");
    await cache.addAll(["/r/", location.pathname, ...files]);
    if (!given) return;
    // Yesterday's route has customers in it, and last week's script is of no use to anybody.
    const wanted = new Set(["/r/", ...files].map((one) => new URL(one, location.href).href));
    for (const { url } of await cache.keys()) {
      if (!wanted.has(url) && !new URL(url).pathname.startsWith(location.pathname)) await cache.delete(url);
    }
  };

  const begin = async () => {
    if (!given) state.secret = (await kept("secret")) || "";
    const recall = async () => {
      if (!state.isFull) await recallBoxes();
      const day = await kept("day");
      if (day) await show(day);
    };
    // A day kept by an earlier version of this page may lack what is shown now: then the network's is waited for.
    await recall().catch(() => {});
    fieldMemory.listen(recall);
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
})();
