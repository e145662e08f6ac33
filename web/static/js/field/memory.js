// What a technician's page keeps in the telephone: the day, what waits to be sent, and what somebody is still writing.
// All of it outlives a reload and an empty battery; a page in another window is told when it changes.

const BOX = "box:";
const DAYS_KEPT = 7; // what nobody has finished by then is about a visit that is long over
const others = "BroadcastChannel" in window ? new BroadcastChannel("onecall-field") : null;

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

// `act` gets one store for each name, and returns the request whose result is wanted, if any.
const inStores = async (names, mode, act) => {
  const database = await opened;
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode);
    const asked = act(...names.map((name) => transaction.objectStore(name)));
    // Only a finished transaction is on the telephone for good.
    transaction.oncomplete = () => resolve(asked && asked.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
};

export const keep = (name, value) => inStores(["kept"], "readwrite", (store) => store.put(value, name));
export const kept = (name) => inStores(["kept"], "readonly", (store) => store.get(name));
export const all = (name) => inStores([name], "readonly", (store) => store.getAll());

const boxKey = (code, name) => `${BOX}${code}:${name}`;

// Entries and the boxes they were written in: the one is kept and the other emptied, or neither.
export const keepEntries = (entries, code, boxes) =>
  inStores(["queue", "kept"], "readwrite", (queue, store) => {
    entries.forEach((entry) => queue.put(entry));
    boxes.forEach((name) => store.delete(boxKey(code, name)));
  });

// An entry that has been answered leaves the queue; one that was refused stays where it can be read.
export const settle = (entry, trouble) =>
  inStores(["queue", "troubles"], "readwrite", (queue, troubles) => {
    queue.delete(entry.place);
    if (trouble) troubles.put(trouble);
  });

export const forgetTrouble = (key) => inStores(["troubles"], "readwrite", (store) => store.delete(key));

export const keepBox = (code, name, value) => keep(boxKey(code, name), { value, at: Date.now() });
export const forgetBoxes = (code, names) =>
  inStores(["kept"], "readwrite", (store) => names.forEach((name) => store.delete(boxKey(code, name))));

// What was being written, by visit and box; what is too old goes.
export const readBoxes = async () => {
  const found = {};
  const oldest = Date.now() - DAYS_KEPT * 24 * 60 * 60 * 1000;
  await inStores(["kept"], "readwrite", (store) => {
    store.openCursor(IDBKeyRange.bound(BOX, `${BOX}\uffff`)).onsuccess = ({ target: { result: cursor } }) => {
      if (!cursor) return;
      const [, code, name] = cursor.key.split(":");
      if (cursor.value.at < oldest) cursor.delete();
      else (found[code] = found[code] || {})[name] = cursor.value.value;
      cursor.continue();
    };
  });
  return found;
};

export const tellOthers = () => others && others.postMessage("changed");
export const listen = (act) => others && others.addEventListener("message", act);
