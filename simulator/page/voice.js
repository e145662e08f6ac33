// Speaking with the browser's own voices, and telling when a sentence is over.

const TONGUES = { "cmn-CN": "zh-CN", "cmn-TW": "zh-TW", "yue-HK": "zh-HK" };
const GRACE_MS = 2500; // some browsers never say that they have finished

export class Voice {
  #turn = 0;

  get canSpeak() {
    return "speechSynthesis" in window && speechSynthesis.getVoices().length > 0;
  }

  /** Speak `words` and call `whenOver` once, unless `hush` comes first. `seconds` is how long it takes on a telephone. */
  speak(words, language, seconds, whenOver) {
    this.hush();
    const turn = this.#turn;
    const finish = () => {
      if (turn !== this.#turn) return;
      this.#turn += 1;
      whenOver();
    };
    if (!this.canSpeak) {
      setTimeout(finish, seconds * 1000);
      return;
    }
    const sentence = new SpeechSynthesisUtterance(words);
    sentence.lang = TONGUES[language] || language;
    const voices = speechSynthesis.getVoices();
    sentence.voice = voices.find((voice) => voice.lang.replace("_", "-") === sentence.lang) || null;
    sentence.onend = finish;
    sentence.onerror = finish;
    speechSynthesis.speak(sentence);
    setTimeout(finish, seconds * 2000 + GRACE_MS);
  }

  /** Be quiet at once; whoever waited for the end of the sentence is not called. */
  hush() {
    this.#turn += 1;
    if ("speechSynthesis" in window) speechSynthesis.cancel();
  }
}
