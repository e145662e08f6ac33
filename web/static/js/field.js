// A technician's page that works without a network. What is entered is written into the telephone first, then sent in
// order, as often as it takes: every entry has a key of its own, so that sending twice does nothing twice.
"use strict";

(() => {
  const app = document.getElementById("app");
  const given = document.body.dataset.secret || "";
  const LARGEST_SIDE = 1600;
  const SYNC_MILLISECONDS = 20000;
  const state = { secret: given, day: null, queue: [], troubles: [], isSyncing: false, problem: "", code: "" };

  // --- the telephone's own memory -------------------------------------------------------------------------------

  const opened = new Promise((resolve, reject) => {
    const asked = indexedDB.open("onecall-field", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("kept");
      asked.result.createObjectStore("queue", { keyPath: "place", autoIncrement: true });
      asked.result.createObjectStore("troubles", { keyPath: "key" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

  const inStore = async (name, mode, act) => {
    const database = await opened;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(name, mode);
      const asked = act(transaction.objectStore(name));
      // Only a finished transaction is on the telephone for good.
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  };
  const keep = (name, value) => inStore("kept", "readwrite", (store) => store.put(value, name));
  const kept = (name) => inStore("kept", "readonly", (store) => store.get(name));
  const all = (name) => inStore(name, "readonly", (store) => store.getAll());
  const put = (name, value) => inStore(name, "readwrite", (store) => store.put(value));
  const drop = (name, key) => inStore(name, "readwrite", (store) => store.delete(key));

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
    if (entry.kind === "charges_agreed") report.agreed_total_cents = data.total_cents;
    if (entry.kind === "parts") report.parts = data.parts;
    if (entry.kind === "expense") visit.expenses.push({ ...data, state: "claimed" });
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

  const enter = async (visit, kind, data = {}, more = {}) => {
    const section = SECTIONS[kind];
    const entry = {
      key: newKey(), kind, visit: visit.code, at: new Date().toISOString(), data, ...more,
      seen: section ? findVisit(visit.code).report.sections[section] || null : null,
    };
    try {
      await put("queue", entry);
    } catch (error) {
      state.problem = say("field.memory_full");
      draw();
      throw error;
    }
    state.queue = await all("queue");
    // The day may have been read anew meanwhile: what is shown is the one to change.
    foreseeIn(state.day, entry);
    draw();
    sync();
    return entry.key;
  };

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
    return answer.ok ? (await answer.json()).results : refuse(answer, entries);
  };

  // Only what will never be taken leaves the queue; a link that has ended or a server that is down loses nothing.
  const refuse = (answer, entries) => {
    if (answer.status === 413 || answer.status === 422) {
      return entries.map((entry) => ({ key: entry.key, outcome: "refused", reason: "malformed" }));
    }
    throw new Error(answer.status === 410 ? "link" : "network");
  };

  const settle = async (result) => {
    const entry = state.queue.find((queued) => queued.key === result.key);
    if (!entry || result.outcome === "wait") return;
    if (result.outcome !== "taken") {
      const { blob, ...rest } = entry;
      await put("troubles", { ...rest, outcome: result.outcome, reason: result.reason });
    } else {
      // The network may go before the day can be read again: what has been taken must not vanish from the page.
      const day = await kept("day");
      foreseeIn(day, entry);
      if (day) await keep("day", day);
    }
    await drop("queue", entry.place);
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
    await keep("day", day);
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
        state.problem = error.message === "link" ? say("field.link_ended") : say("field.no_network");
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
    await enter(visit, "photo", {}, { photo: kind, blob });
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

  // Pads outlive a redraw of the page: a signature must not vanish because a photo has just been sent.
  const pads = {};
  const pad = (name, label) => {
    if (!pads[name]) {
      const canvas = make("canvas", { class: "pad", width: 600, height: 220, "aria-label": label, role: "img" });
      pads[name] = { canvas, pen: new SignaturePad(canvas, { backgroundColor: "rgba(0,0,0,0)", penColor: "#10202c" }) };
    }
    const { canvas, pen } = pads[name];
    const fit = () => {
      if (canvas.offsetWidth && pen.isEmpty() && Math.abs(canvas.width - canvas.offsetWidth) > 1) canvas.width = canvas.offsetWidth;
    };
    requestAnimationFrame(fit);
    canvas.onpointerenter = fit;
    return make("div", { class: "field" }, make("span", {}, label), canvas, button(say("field.clear"), () => pen.clear(), "quiet"));
  };
  const sendSignature = async (visit, name) => {
    const blob = await new Promise((resolve) => pads[name].canvas.toBlob(resolve, "image/png"));
    const key = await enter(visit, "photo", {}, { photo: "signature", blob });
    return key;
  };
  const isSigned = (...names) => names.every((name) => pads[name] && !pads[name].pen.isEmpty());
  const forgetPads = (...names) => names.forEach((name) => delete pads[name]);

  // --- what one types, kept over a redraw -----------------------------------------------------------------------

  const drafts = {};
  const draft = (visit, name, value) => {
    drafts[visit.code] = drafts[visit.code] || {};
    if (!(name in drafts[visit.code])) drafts[visit.code][name] = value;
    return drafts[visit.code];
  };
  const typed = (visit, name, value, attributes = {}, tag = "input") => {
    const kept = draft(visit, name, value);
    const input = make(tag, { id: `${name}-${visit.code}`, ...attributes, oninput: (event) => (kept[name] = event.target.value) });
    input.value = kept[name];
    return input;
  };
  const complain = (words) => {
    state.hint = words;
    draw();
  };

  // --- the parts of a visit ------------------------------------------------------------------------------------

  const answers = ["done", "not_done", "not_needed"];
  const checklist = (visit, moment) => {
    const items = state.day.checklist.filter((item) => item.moment === moment);
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
              type: "radio", name: `${visit.code}-${item.code}`, value: answer, checked: visit.report.answers[item.code] === answer,
              onchange: () => enter(visit, "checklist", { item: item.code, answer }),
            }),
            make("span", {}, say(`checklist_answer.${answer}`)),
          ),
        ),
      ),
    );
    const everything = async () => {
      for (const item of items) if (!visit.report.answers[item.code]) await enter(visit, "checklist", { item: item.code, answer: "done" });
    };
    return part(`check-${moment}`, say(`checklist_moment.${moment}`), isDone, ...rows, isDone ? null : button(say("field.all_done"), everything));
  };

  const scan = async (visit, kept) => {
    const video = make("video", { playsinline: true, muted: true, class: "scanner" });
    const stop = (stream) => {
      stream.getTracks().forEach((track) => track.stop());
      video.remove();
    };
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      document.getElementById("part-serial").append(video);
      video.srcObject = stream;
      await video.play();
      const detector = new BarcodeDetector();
      for (let tries = 0; tries < 300 && video.isConnected; tries += 1) {
        const [found] = await detector.detect(video);
        if (found) {
          stop(stream);
          kept.serial = found.rawValue.slice(0, 40);
          await enter(visit, "serial", { serial: kept.serial, check: "camera" });
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      stop(stream);
    } catch {
      video.remove();
    }
    complain(say("field.scan_failed"));
  };

  const serial = (visit) => {
    const { report } = visit;
    const plain = (text) => text.toUpperCase().replace(/[^A-Z0-9]/g, "");
    const kept = draft(visit, "serial", report.serial_seen);
    const isRight = report.serial_check && report.serial_check !== "unreadable" && plain(report.serial_seen) === plain(visit.serial);
    return part(
      "part-serial",
      say("field.serial"),
      Boolean(report.serial_check),
      make("p", {}, say("field.on_file", { product: visit.product, model: visit.model, serial: visit.serial, on: visit.purchased_on || "–" })),
      report.serial_check ? make("p", { class: isRight ? "right" : "wrong", role: "status" }, isRight ? `✓ ${say("field.serial_right")}` : `✗ ${say("field.serial_wrong")}`) : null,
      field(say("field.serial_seen"), typed(visit, "serial", report.serial_seen, { maxlength: 40, autocapitalize: "characters", autocomplete: "off" })),
      make(
        "div",
        { class: "acts" },
        "BarcodeDetector" in window ? button(say("field.scan"), () => scan(visit, kept)) : null,
        button(say("field.compare"), () => (kept.serial.trim() ? enter(visit, "serial", { serial: kept.serial.trim(), check: "keypad" }) : complain(say("field.serial_empty"))), "primary"),
        button(say("serial_check.unreadable"), () => enter(visit, "serial", { serial: "", check: "unreadable" })),
      ),
      photoButton(visit, "serial"),
    );
  };

  const diagnosis = (visit) => {
    const { report } = visit;
    const names = ["fault_found", "cause", "action"];
    const boxes = names.map((name) => field(say(`field.${name}`), typed(visit, name, report[name], { rows: 2, maxlength: 2000 }, "textarea")));
    const save = () => {
      const kept = drafts[visit.code];
      if (!kept.fault_found.trim()) return complain(say("field.diagnosis_empty"));
      return enter(visit, "diagnosis", Object.fromEntries(names.map((name) => [name, kept[name].trim()])));
    };
    return part("part-diagnosis", say("field.diagnosis"), Boolean(report.fault_found && report.action), ...boxes, button(say("field.save"), save, "primary"));
  };

  const readCents = (text) => (/^\d{1,7}([.,]\d{1,2})?$/.test(text.trim()) ? Math.round(parseFloat(text.replace(",", ".")) * 100) : null);

  const charges = (visit) => {
    const { report } = visit;
    const total = report.lines.reduce((sum, line) => sum + line.quantity * line.unit_cents, 0);
    const kept = draft(visit, "line_text", "");
    draft(visit, "line_amount", "");
    draft(visit, "line_quantity", "1");
    draft(visit, "line_kind", "labour");
    draft(visit, "charge_signer", visit.customer);
    const kind = make("select", { id: `line_kind-${visit.code}`, onchange: (event) => (kept.line_kind = event.target.value) },
      ["labour", "part", "travel", "other"].map((word) => make("option", { value: word, selected: kept.line_kind === word }, say(`charge.${word}`))));
    const add = async () => {
      const cents = readCents(kept.line_amount);
      const quantity = Number(kept.line_quantity);
      if (!kept.line_text.trim() || cents === null || !Number.isInteger(quantity) || quantity < 1 || quantity > 999) return complain(say("field.line_wrong"));
      const line = { kind: kept.line_kind, description: kept.line_text.trim(), quantity, unit_cents: cents };
      Object.assign(kept, { line_text: "", line_amount: "", line_quantity: "1" });
      forgetPads(`charges-${visit.code}`);
      return enter(visit, "charges", { lines: [...report.lines, line] });
    };
    const remove = (index) => {
      forgetPads(`charges-${visit.code}`);
      return enter(visit, "charges", { lines: report.lines.filter((_, place) => place !== index) });
    };
    const agree = async () => {
      if (!isSigned(`charges-${visit.code}`) || !kept.charge_signer.trim()) return complain(say("field.sign_first"));
      const signature = await sendSignature(visit, `charges-${visit.code}`);
      await enter(visit, "charges_agreed", { total_cents: total, signer: kept.charge_signer.trim(), signature });
      return forgetPads(`charges-${visit.code}`);
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
        button("✕", () => remove(index), "quiet")))),
      make("p", { class: "total" }, make("span", {}, say("field.total")), make("b", { class: "number" }, money(total))),
      make("div", { class: "new-line" },
        field(say("field.line_kind"), kind),
        field(say("field.line_text"), typed(visit, "line_text", "", { maxlength: 120 })),
        field(say("field.line_amount"), typed(visit, "line_amount", "", { inputmode: "decimal", autocomplete: "off" })),
        field(say("field.line_quantity"), typed(visit, "line_quantity", "1", { inputmode: "numeric", autocomplete: "off" })),
        button(say("field.add"), add)),
      total > 0 && !isAgreed
        ? make("div", {},
            field(say("field.signer"), typed(visit, "charge_signer", visit.customer, { maxlength: 80 })),
            pad(`charges-${visit.code}`, say("field.customer_signature")),
            button(say("field.agree", { total: money(total) }), agree, "primary"))
        : null,
    );
  };

  const parts = (visit) => {
    const { report } = visit;
    const kept = draft(visit, "part_code", "");
    draft(visit, "part_quantity", "1");
    const add = () => {
      const quantity = Number(kept.part_quantity);
      if (!kept.part_code.trim() || !Number.isInteger(quantity) || quantity < 1 || quantity > 999) return complain(say("field.part_wrong"));
      const fitted = { part_code: kept.part_code.trim(), quantity, old_serial: "", new_serial: "" };
      Object.assign(kept, { part_code: "", part_quantity: "1" });
      return enter(visit, "parts", { parts: [...report.parts, fitted] });
    };
    const remove = (index) => enter(visit, "parts", { parts: report.parts.filter((_, place) => place !== index) });
    return part(
      "part-parts", say("field.parts"), report.parts.length > 0,
      make("ul", { class: "lines" }, report.parts.map((one, index) => make("li", {}, make("span", {}, `${one.part_code} × ${one.quantity}`), button("✕", () => remove(index), "quiet")))),
      field(say("field.part_code"), typed(visit, "part_code", "", { maxlength: 40, autocapitalize: "characters", list: "van", autocomplete: "off" })),
      make("datalist", { id: "van" }, state.day.van.map((one) => make("option", { value: one.part_code }, `${one.name} (${one.units})`))),
      field(say("field.line_quantity"), typed(visit, "part_quantity", "1", { inputmode: "numeric" })),
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
    const kept = draft(visit, "spent_kind", state.day.expense_kinds[0]);
    draft(visit, "spent_amount", "");
    draft(visit, "spent_note", "");
    const kind = make("select", { id: `spent_kind-${visit.code}`, onchange: (event) => (kept.spent_kind = event.target.value) },
      state.day.expense_kinds.map((word) => make("option", { value: word, selected: kept.spent_kind === word }, say(`expense_kind.${word}`))));
    const claim = async (blob) => {
      const cents = readCents(kept.spent_amount);
      if (!cents) return complain(say("field.spent_wrong"));
      const receipt = blob ? await enter(visit, "photo", {}, { photo: "receipt", blob }) : null;
      await enter(visit, "expense", { kind: kept.spent_kind, amount_cents: cents, note: kept.spent_note.trim(), receipt });
      Object.assign(kept, { spent_amount: "", spent_note: "" });
      return draw();
    };
    const photograph = (file) => shrink(file).then(claim, () => complain(say("entry_refusal.not_a_picture")));
    return part(
      "part-spent", say("field.spent"), false,
      make("ul", { class: "lines" }, visit.expenses.map((one) => make("li", {},
        make("span", {}, `${say(`expense_kind.${one.kind}`)} ${one.note} · ${say(`expense_state.${one.state}`)}`), make("b", { class: "number" }, money(one.amount_cents))))),
      field(say("field.line_kind"), kind),
      field(say("field.spent_amount"), typed(visit, "spent_amount", "", { inputmode: "decimal", autocomplete: "off" })),
      field(say("field.note"), typed(visit, "spent_note", "", { maxlength: 200 })),
      make("div", { class: "acts" },
        make("label", { class: "button photo" }, say("field.spent_with_receipt"),
          make("input", { type: "file", accept: "image/*", capture: "environment", onchange: (event) => event.target.files[0] && photograph(event.target.files[0]) })),
        button(say("field.spent_without"), () => claim(null))),
    );
  };

  const wish = (visit) => {
    const kept = draft(visit, "wish_code", "");
    draft(visit, "wish_quantity", "1");
    const ask = () => {
      const quantity = Number(kept.wish_quantity);
      if (!kept.wish_code.trim() || !Number.isInteger(quantity) || quantity < 1 || quantity > 999) return complain(say("field.part_wrong"));
      const wanted = { part_code: kept.wish_code.trim(), quantity };
      Object.assign(kept, { wish_code: "", wish_quantity: "1" });
      return enter(visit, "need_part", wanted).then(() => complain(say("field.part_asked")));
    };
    return part(
      "part-wish", say("field.need_part"), false,
      visit.kept.length ? make("p", {}, say("field.kept_parts")) : null,
      make("ul", { class: "lines" }, listParts(visit.kept)),
      field(say("field.part_code"), typed(visit, "wish_code", "", { maxlength: 40, autocapitalize: "characters", autocomplete: "off" })),
      field(say("field.line_quantity"), typed(visit, "wish_quantity", "1", { inputmode: "numeric" })),
      button(say("field.ask_part"), ask),
    );
  };

  const photos = (visit) =>
    part("part-photos", say("field.photos"), visit.report.photos.after > 0, make("div", { class: "acts" }, ["before", "step", "after", "proof"].map((kind) => photoButton(visit, kind))));

  const signing = (visit) => {
    const { report } = visit;
    const kept = draft(visit, "opinion", "");
    draft(visit, "opinion_note", "");
    draft(visit, "signer", visit.customer);
    const [theirs, mine] = [`customer-${visit.code}`, `technician-${visit.code}`];
    const sign = async () => {
      if (!kept.opinion) return complain(say("missing.opinion"));
      if (!isSigned(theirs, mine) || !kept.signer.trim()) return complain(say("field.sign_first"));
      const customer_signature = await sendSignature(visit, theirs);
      const technician_signature = await sendSignature(visit, mine);
      await enter(visit, "signed", { opinion: kept.opinion, note: kept.opinion_note.trim(), signer: kept.signer.trim(), customer_signature, technician_signature });
      return forgetPads(theirs, mine);
    };
    const faces = { satisfied: "☺", acceptable: "◔", not_satisfied: "☹" };
    return part(
      "part-sign", say("field.sign"), report.is_signed,
      make("fieldset", { class: "item" }, make("legend", {}, say("field.opinion")), Object.keys(faces).map((word) => make("label", {},
        make("input", { type: "radio", name: `opinion-${visit.code}`, value: word, checked: kept.opinion === word, onchange: () => (kept.opinion = word) }),
        make("span", {}, `${faces[word]} ${say(`opinion.${word}`)}`)))),
      field(say("field.opinion_note"), typed(visit, "opinion_note", "", { rows: 2, maxlength: 2000 }, "textarea")),
      field(say("field.signer"), typed(visit, "signer", visit.customer, { maxlength: 80 })),
      pad(theirs, say("field.customer_signature")),
      pad(mine, say("field.technician_signature")),
      button(say("field.sign"), sign, "primary"),
    );
  };

  // What is still missing, worked out on the telephone as the server will: nobody walks out of the cellar to be sent back.
  const missing = (visit) => {
    const { report } = visit;
    const total = report.lines.reduce((sum, line) => sum + line.quantity * line.unit_cents, 0);
    const wanted = {
      checklist: state.day.checklist.every((item) => !item.required || report.answers[item.code]),
      serial: Boolean(report.serial_check),
      diagnosis: Boolean(report.fault_found && report.action),
      charges: total === (report.agreed_total_cents ?? 0),
      photo_after: report.photos.after > 0,
      customer_signature: report.is_signed,
    };
    return Object.keys(wanted).filter((name) => !wanted[name]);
  };

  const askWindows = async (visit) => {
    const kept = draft(visit, "next_on", "");
    try {
      const answer = await post(`visits/${visit.code}/windows`, JSON.stringify({ not_before_on: kept.next_on || null }), "application/json");
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
    const kept = draft(visit, "reason", "");
    draft(visit, "unfinished_note", "");
    draft(visit, "next_on", "");
    const choice = make("select", { id: `reason-${visit.code}`, onchange: (event) => (kept.reason = event.target.value) },
      make("option", { value: "" }, say("field.choose_reason")),
      state.day.reasons.map((word) => make("option", { value: word, selected: kept.reason === word }, say(`incomplete_reason.${word}`))));
    const leave = () => (kept.reason ? enter(visit, "incomplete", { reason: kept.reason, note: kept.unfinished_note.trim() }) : complain(say("field.choose_reason")));
    const offered = state.windows && state.windows.code === visit.code ? state.windows.list : [];
    return part(
      "part-unfinished", say("field.unfinished"), false,
      field(say("field.reason"), choice),
      field(say("field.note"), typed(visit, "unfinished_note", "", { rows: 2, maxlength: 2000 }, "textarea")),
      visit.report.next_visit
        ? make("p", { class: "right", role: "status" }, `✓ ${say("field.next_booked", { window: visit.report.next_visit })}`)
        : make("div", { class: "next" },
            field(say("field.next_on"), typed(visit, "next_on", "", { type: "date" })),
            button(say("field.ask_windows"), () => askWindows(visit)),
            make("div", { class: "acts" }, offered.map((one) => button(one.words, () => bookNext(visit, one.hold_id), "primary")))),
      button(say("field.leave"), leave, "danger"),
    );
  };

  const decline = (visit) => {
    const kept = draft(visit, "decline_note", "");
    const give = () => (kept.decline_note.trim() ? enter(visit, "decline", { note: kept.decline_note.trim() }).then(() => complain(say("field.declined"))) : complain(say("field.decline_why")));
    return part(
      "part-decline", say("field.decline"), false,
      field(say("field.decline_why"), typed(visit, "decline_note", "", { rows: 2, maxlength: 160, required: true }, "textarea")),
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
    const place = await new Promise((resolve) => {
      if (!navigator.geolocation) return resolve({});
      const wait = setTimeout(() => resolve({}), 4000);
      return navigator.geolocation.getCurrentPosition(
        ({ coords }) => { clearTimeout(wait); resolve({ latitude: coords.latitude, longitude: coords.longitude }); },
        () => { clearTimeout(wait); resolve({}); },
        { timeout: 3500, maximumAge: 60000 },
      );
    });
    return enter(visit, "departed", { ...place, is_model_right: visit.report.answers.departure_tools === "done" });
  };

  const NEXT = { dispatched: ["accept", "departed"], acknowledged: ["departed"], booked: [], en_route: ["arrived"], on_site: [] };
  const steps = (visit) => (NEXT[visit.state] || []).map((kind) =>
    button(say(`field.step_${kind}`), () => (kind === "departed" ? depart(visit) : enter(visit, kind)), kind === NEXT[visit.state][0] ? "primary big" : "big"));

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
        visit.can_call ? button(say("route.call_customer"), () => callCustomer(visit)) : null,
        button(say("field.need_help"), () => enter(visit, "need_help", { note: "" }).then(() => complain(say("field.help_asked"))), "danger")),
      ["dispatched", "acknowledged"].includes(visit.state) ? checklist(visit, "departure") : null,
      ...steps(visit),
      ["dispatched", "acknowledged"].includes(visit.state) ? decline(visit) : null,
      visit.state === "en_route" ? button(say("field.nobody_home"), () => enter(visit, "no_access", { reason: "nobody_home", note: "" })) : null,
      ...(isWriting
        ? [checklist(visit, "arrival"), serial(visit), diagnosis(visit), charges(visit), photos(visit), checklist(visit, "work"), parts(visit), checklist(visit, "leaving"), signing(visit), finish(visit)]
        : []),
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

  const trouble = (one) =>
    make(
      "li", {},
      make("b", {}, `${one.visit} · ${say(`entry.${one.kind}`)}`),
      make("p", {}, one.outcome === "changed_meanwhile" ? say("field.changed_meanwhile") : say(`entry_refusal.${one.reason}`)),
      Object.keys(one.data || {}).length ? make("pre", {}, Object.values(one.data).filter((value) => typeof value === "string").join("\n")) : null,
      make("div", { class: "acts" },
        one.outcome === "changed_meanwhile" && findVisit(one.visit)
          ? button(say("field.write_mine"), async () => { await drop("troubles", one.key); await enter(findVisit(one.visit), one.kind, one.data); state.troubles = await all("troubles"); draw(); }, "primary")
          : null,
        button(say("field.understood"), async () => { await drop("troubles", one.key); state.troubles = await all("troubles"); draw(); })),
    );

  const banner = () => [
    make("p", { class: `sync${state.problem ? " trouble" : ""}`, role: "status", id: "sync" },
      state.problem || (state.queue.length ? say("field.sending", { count: state.queue.length }) : say("field.all_sent")),
      state.problem && state.queue.length ? ` ${say("field.kept", { count: state.queue.length })}` : ""),
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

  const draw = () => {
    if (!state.day) return;
    held.isStale = Boolean(held.timer);
    if (held.isStale) return;
    const active = document.activeElement && document.activeElement.id;
    const caret = document.activeElement && document.activeElement.selectionStart;
    const visit = findVisit(decodeURIComponent(location.hash.slice(1)));
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
    app.replaceChildren(...[...banner(), ...(visit ? [visitPage(visit)] : dayList(state.day.visits))].filter(Boolean));
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
  };

  const begin = async () => {
    if (given) await keep("secret", given);
    else state.secret = (await kept("secret")) || "";
    const day = await kept("day");
    if (day) await show(day);
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
