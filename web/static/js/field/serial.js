// Whether the machine is the one on file.
import { typed, write, written } from "./boxes.js";
import { complain } from "./drawing.js";
import { button, field, make, part } from "./elements.js";
import { enter } from "./entering.js";
import { photoButton } from "./photos.js";
import { hasCamera, scan } from "./scanner.js";
import { say } from "./words.js";

const LONGEST_SERIAL = 40;

const plain = (serial) => serial.toUpperCase().replace(/[^A-Z0-9]/g, "");
// The serial on file is what is looked for; another code is only written into the box, for the technician to judge.
const scanSerial = async (visit) => {
  const isOnFile = (code) => plain(code) === plain(visit.serial);
  const read = (await scan(isOnFile)).slice(0, LONGEST_SERIAL);
  if (!read) return complain(say("field.scan_failed"));
  if (isOnFile(read)) return enter(visit, "serial", { serial: read, check: "camera" }, ["serial"]);
  write(visit, "serial", read);
  return complain(say("field.scan_other", { serial: read }));
};

export const serial = (visit) => {
  const { report } = visit;
  const empty = { serial: report.serial_seen };
  const isRight = report.serial_check && report.serial_check !== "unreadable" && plain(report.serial_seen) === plain(visit.serial);
  const compare = () => {
    const seen = written(visit, empty).serial.trim();
    return seen ? enter(visit, "serial", { serial: seen, check: "keypad" }, ["serial"]) : complain(say("field.serial_empty"));
  };
  return part(
    "part-serial",
    say("field.serial"),
    Boolean(report.serial_check),
    make("p", {}, say("field.on_file", { product: visit.product, model: visit.model, serial: visit.serial, on: visit.purchased_on || "–" })),
    report.serial_check ? make("p", { class: isRight ? "right" : "wrong", role: "status" }, isRight ? `✓ ${say("field.serial_right")}` : `✗ ${say("field.serial_wrong")}`) : null,
    hasCamera() ? null : make("p", { class: "note" }, say("field.scan_unable")),
    field(say("field.serial_seen"), typed(visit, empty, "serial", { maxlength: LONGEST_SERIAL, autocapitalize: "characters", autocomplete: "off" })),
    make(
      "div",
      { class: "acts" },
      hasCamera() ? button(say("field.scan"), () => scanSerial(visit)) : null,
      button(say("field.compare"), compare, "primary"),
      button(say("serial_check.unreadable"), () => enter(visit, "serial", { serial: "", check: "unreadable" }, ["serial"])),
    ),
    photoButton(visit, "serial"),
  );
};
