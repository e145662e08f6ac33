// Reading a code by camera, in a window of its own, which a redraw of the page leaves alone.
import { openReader } from "./code_reader.js";
import { button, make } from "./elements.js";
import { say } from "./words.js";

const LONGEST_LOOK_MILLISECONDS = 30000;
const PAUSE_MILLISECONDS = 100;
const CAMERA = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };

export const hasCamera = () => Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);

// A machine has several codes on it. Returns the first one that `isWanted`; when none has come, the last other one
// that was read, or nothing.
export const scan = async (isWanted) => {
  const video = make("video", { playsinline: true, muted: true });
  const view = make("dialog", { class: "scanner", "aria-label": say("field.scan") }, video, button(say("field.scan_stop"), () => view.remove(), "big"));
  view.addEventListener("cancel", () => view.remove());
  document.body.append(view);
  let stream = null;
  let other = "";
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: CAMERA });
    view.showModal();
    video.srcObject = stream;
    await video.play();
    const read = await openReader();
    for (const until = Date.now() + LONGEST_LOOK_MILLISECONDS; Date.now() < until && view.isConnected; ) {
      const codes = await read(video);
      const wanted = codes.find(isWanted);
      if (wanted && view.isConnected) return wanted;
      other = codes[0] || other;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
    return other;
  } catch {
    return "";
  } finally {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    view.remove();
  }
};
