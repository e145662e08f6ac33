// The desk's requests. Every address is relative: the page may be mounted anywhere.

export class Refused extends Error {}

async function ask(method, path, fields) {
  const request = { method, headers: { Accept: "application/json" } };
  if (fields) {
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(fields);
  }
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new Refused("电话已断开，请刷新页面 The telephone is unplugged; reload the page");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.message || `HTTP ${response.status}`);
  return answer;
}

const phone = (number) => `phones/${encodeURIComponent(number)}`;
const call = (sid) => `calls/${encodeURIComponent(sid)}`;

export const listPeople = () => ask("GET", "people");
export const dial = (from) => ask("POST", "calls", { from });
export const heard = (sid, step) => ask("POST", `${call(sid)}/heard`, { step: String(step) });
export const press = (sid, key) => ask("POST", `${call(sid)}/keys`, { key });
export const say = (sid, words) => ask("POST", `${call(sid)}/words`, { words });
export const hangUp = (sid) => ask("POST", `${call(sid)}/hang-up`, {});
export const showPhone = (number) => ask("GET", phone(number));
export const sendText = (number, body) => ask("POST", `${phone(number)}/texts`, { body });
export const pickUp = (number) => ask("POST", `${phone(number)}/pick-up`, {});
export const decline = (number) => ask("POST", `${phone(number)}/decline`, {});
