// A phone's messages and its ringing, looked at every two seconds.

import * as desk from "./desk.js";

const LOOK_MS = 2000;

export class Messages {
  #number = "";
  #shown = "";

  constructor({ list, empty, ringing, onTrouble }) {
    Object.assign(this, { list, empty, ringing, onTrouble });
    setInterval(() => this.look(), LOOK_MS);
  }

  get number() {
    return this.#number;
  }

  async choose(number) {
    this.#number = number;
    this.#shown = "";
    await this.look();
  }

  async look() {
    if (!this.#number || document.hidden) return;
    const number = this.#number;
    try {
      const phone = await desk.showPhone(number);
      if (number === this.#number) this.#show(phone);
    } catch (error) {
      this.onTrouble(error.message);
    }
  }

  async send(body) {
    this.#show(await desk.sendText(this.#number, body));
  }

  async decline() {
    this.#show(await desk.decline(this.#number));
  }

  #show({ ringing, messages }) {
    this.ringing.hidden = ringing === null;
    const key = `${messages.length} ${messages.at(-1)?.sid}`;
    if (key === this.#shown) return;
    this.#shown = key;
    this.empty.hidden = messages.length > 0;
    this.list.replaceChildren(...messages.map(bubble));
    this.list.scrollTop = this.list.scrollHeight;
  }
}

function bubble(sms) {
  const item = document.createElement("li");
  item.className = sms.is_mine ? "mine" : "theirs";
  const time = document.createElement("time");
  time.dateTime = sms.at;
  const clock = new Date(sms.at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  time.textContent = sms.segments > 1 ? `${clock} · ${sms.segments} 条 segments` : clock;
  item.append(time, sms.body);
  return item;
}
