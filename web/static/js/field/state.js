// What the page knows at the moment: whose link it is, the day, what waits to be sent, what to tell.
export const given = document.body.dataset.secret || "";
export const state = { secret: given, day: null, queue: [], troubles: [], isSyncing: false, isFull: false, problem: "", code: "" };

export const findVisit = (code, day = state.day) => day.visits.find((visit) => visit.code === code);
export const ENDED = ["completed", "no_access", "incomplete", "cancelled"];
