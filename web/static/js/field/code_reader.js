// Reads bar codes and QR codes in a picture: with what the telephone brings or, where it brings nothing (every iPhone),
// with ZBar, which is fetched when the camera is used and kept by the page beforehand (page.js).
const LARGEST_SIDE = 1280;

const hasOwn = () => "BarcodeDetector" in window;
const library = () => document.querySelector("meta[name=code-reader]").content;

// What must be on the telephone for it to read codes in a cellar.
export const readerFiles = () => (hasOwn() ? [] : [library(), new URL("zbar.wasm", new URL(library(), location.href)).pathname]);

const openOwn = async () => {
  if (!hasOwn()) return null;
  const formats = BarcodeDetector.getSupportedFormats ? await BarcodeDetector.getSupportedFormats() : null;
  if (formats && !formats.length) return null; // it is there by name only, on a telephone without its services
  const detector = new BarcodeDetector();
  return async (video) => (await detector.detect(video)).map((one) => one.rawValue);
};

const openLibrary = async () => {
  const { scanImageData } = await import(library());
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, LARGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    Object.assign(canvas, { width: Math.round(video.videoWidth * scale), height: Math.round(video.videoHeight * scale) });
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const found = await scanImageData(context.getImageData(0, 0, canvas.width, canvas.height));
    return found.map((one) => one.decode());
  };
};

// Returns a function that says what codes are in a video's present picture.
export const openReader = async () => (await openOwn()) || openLibrary();
