// The log, appended piece by piece; the page keeps so many lines and no more.

import { get } from "./api.js";
import { text } from "./texts.js";

const MAX_LINES = 5000;
const AFTER_END = 12; // How often to look for the rest of the log of a job that has ended.

const box = document.getElementById("log");
const note = document.getElementById("log-note");
const skippedNote = document.getElementById("skipped");

let place = null;
let skipped = 0;
let looksAfterEnd = 0;

export let done = false;

// Read what is new; whether there was any.
export async function readLog(jobEnded) {
  if (done) return false;
  let piece;
  try {
    piece = await get("log", place === null ? {} : { from: place });
  } catch (failure) {
    note.textContent = text("logFailed", { message: failure.message || text("unreachable") });
    if (jobEnded) countLook();
    return false;
  }
  place = piece.next;
  done = piece.done;
  if (jobEnded && !done && piece.lines.length === 0) countLook();
  append(piece.lines, piece.skipped);
  note.textContent = text(done ? "logEnd" : "logWaiting");
  return piece.lines.length > 0;
}

function countLook() {
  looksAfterEnd += 1;
  done = looksAfterEnd >= AFTER_END;
}

function append(lines, left) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  const added = document.createDocumentFragment();
  for (const line of lines) {
    const element = document.createElement("div");
    element.textContent = line;
    added.append(element);
  }
  box.append(added);
  skipped += left;
  while (box.childElementCount > MAX_LINES) {
    box.firstElementChild.remove();
    skipped += 1;
  }
  skippedNote.hidden = skipped === 0;
  skippedNote.textContent = text("skipped", { count: skipped });
  if (atEnd) box.scrollTop = box.scrollHeight;
}
