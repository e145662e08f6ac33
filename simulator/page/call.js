// One call: plays what the hotline says, waits where it waits, passes on what the person does.

import * as desk from "./desk.js";
import { Voice } from "./voice.js";

const TICK_MS = 100;
const SILENT_READING = 0.45; // without sound one reads faster than a voice speaks
const LONGEST_PAUSE_SECONDS = 6; // ringing and talking need not be lived through in full
const WAITING = new Set(["listening", "recording", "waiting"]);
const NAMES = {
  speaking: "热线在说话 Speaking",
  playing: "播放声音 Playing",
  pausing: "停顿 Pause",
  listening: "请按键 Your turn",
  recording: "正在录音 Recording",
  ringing: "正在转接 Ringing",
  talking: "正在通话 Talking",
  waiting: "排队等候 In the queue",
};

export class Call {
  #voice = new Voice();
  #timer = null;
  #state = null;
  #busy = Promise.resolve();

  constructor({ wantsSound, wantsPatience, onChange, onTrouble }) {
    Object.assign(this, { wantsSound, wantsPatience, onChange, onTrouble });
  }

  get isLive() {
    return this.#state !== null && !this.#state.is_over;
  }

  get accepts() {
    return (this.isLive && this.#state.moment.accepts) || [];
  }

  get isWaiting() {
    return this.isLive && WAITING.has(this.#state.moment.doing);
  }

  get title() {
    if (this.#state === null) return "待机 Idle";
    if (!this.isLive) return "通话结束 Call ended";
    return NAMES[this.#state.moment.doing];
  }

  dial = (from) => this.#act(() => desk.dial(from));
  pickUp = (number) => this.#act(() => desk.pickUp(number));
  press = (key) => this.#act(() => desk.press(this.#state.sid, key));
  say = (words) => this.#act(() => desk.say(this.#state.sid, words));
  hangUp = () => this.#act(() => desk.hangUp(this.#state.sid));
  stayQuiet = () => this.#act(() => desk.heard(this.#state.sid, this.#state.step));

  // Acts come one after the other: two quick keys must arrive in the order they were pressed.
  #act(request) {
    this.#stop();
    this.#busy = this.#busy.then(async () => {
      try {
        this.#state = await request();
      } catch (error) {
        if (!(error instanceof desk.Refused)) throw error;
        this.onTrouble(error.message);
      }
      this.#stop();
      this.#live();
    });
    return this.#busy;
  }

  #stop() {
    this.#voice.hush();
    clearInterval(this.#timer);
  }

  #live() {
    this.onChange(this.#state, 0);
    if (!this.isLive) return;
    const { doing, words, language, seconds } = this.#state.moment;
    const step = this.#state.step;
    const goOn = () => {
      if (this.isLive && this.#state.step === step) this.stayQuiet();
    };
    if (doing === "speaking" && words && this.wantsSound()) {
      this.#voice.speak(words, language, seconds, goOn);
    } else if (WAITING.has(doing)) {
      this.#count(seconds, goOn);
    } else {
      const shown = doing === "speaking" ? seconds * SILENT_READING : Math.min(seconds, LONGEST_PAUSE_SECONDS);
      this.#timer = setTimeout(goOn, shown * 1000);
    }
  }

  #count(seconds, whenOver) {
    let left = seconds;
    this.#timer = setInterval(() => {
      if (this.wantsPatience()) return;
      left -= TICK_MS / 1000;
      this.onChange(this.#state, Math.max(0, left / seconds));
      if (left <= 0) {
        clearInterval(this.#timer);
        whenOver();
      }
    }, TICK_MS);
  }
}
