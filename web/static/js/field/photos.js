// Photos: made small on the telephone before they are kept.
import { draw } from "./drawing.js";
import { make, part } from "./elements.js";
import { enterAll } from "./entering.js";
import { photoEntry } from "./entries.js";
import { state } from "./state.js";
import { say } from "./words.js";

const LARGEST_SIDE = 1600;
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

export const shrink = async (file) => {
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

export const photoButton = (visit, kind) =>
  make(
    "label",
    { class: "button photo" },
    `${say(`file.${kind}`)} (${visit.report.photos[kind]})`,
    make("input", {
      type: "file", accept: "image/*", capture: "environment", id: `photo-${kind}`,
      onchange: (event) => event.target.files[0] && takePhoto(visit, kind, event.target.files[0]),
    }),
  );
export const photos = (visit) =>
  part("part-photos", say("field.photos"), visit.report.photos.after > 0, make("div", { class: "acts" }, ["before", "step", "after", "proof"].map((kind) => photoButton(visit, kind))));
