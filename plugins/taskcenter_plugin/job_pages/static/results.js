// The results of a job that has ended: one table at a time, some rows at a time.

import { Failure, address, get } from "./api.js";
import { text } from "./texts.js";

const ROWS = 100;
const element = (id) => document.getElementById(id);

let number = 0;
let offset = 0;
let shown = false;
let turning = false;

// Show the first result, if there is one; once.
export async function showResults() {
  if (shown) return;
  const found = await get("results");
  shown = true;
  if (found.length === 0) return;
  const choice = element("result-number");
  for (const each of found) choice.append(new Option(each.name, each.number));
  element("chooser").hidden = found.length === 1;
  choice.addEventListener("change", () => tryToTurn(Number(choice.value), 0));
  element("previous").addEventListener("click", () => tryToTurn(number, Math.max(0, offset - ROWS)));
  element("next").addEventListener("click", () => tryToTurn(number, offset + ROWS));
  await turn(0, 0);
  element("results-section").hidden = false;
}

// Turn to other rows on somebody's wish; what goes wrong is said where the rows are counted.
async function tryToTurn(toNumber, toOffset) {
  if (turning) return;
  turning = true;
  try {
    await turn(toNumber, toOffset);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    element("shown-rows").textContent = failure.message || text("unreachable");
  } finally {
    turning = false;
    element("result-number").value = number;
  }
}

async function turn(toNumber, toOffset) {
  const page = await get(`results/${toNumber}`, { offset: toOffset, limit: ROWS });
  number = toNumber;
  offset = toOffset;
  element("rows").replaceChildren(head(page.columns), body(page.rows));
  element("download").href = address(`results/${number}/download`);
  element("previous").disabled = offset === 0;
  element("next").disabled = !page.more;
  const last = offset + page.rows.length;
  element("shown-rows").textContent =
    page.rows.length === 0 ? text("noRows") : text("rows", { from: offset + 1, to: last });
}

function head(columns) {
  const row = document.createElement("tr");
  for (const column of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = column.name;
    if (column.comment) cell.title = column.comment;
    if (column.type) {
      const kind = document.createElement("small");
      kind.textContent = column.type;
      cell.append(kind);
    }
    row.append(cell);
  }
  const part = document.createElement("thead");
  part.append(row);
  return part;
}

function body(rows) {
  const part = document.createElement("tbody");
  for (const values of rows) {
    const row = document.createElement("tr");
    for (const value of values) {
      const cell = document.createElement("td");
      cell.textContent = value ?? "NULL";
      if (value === null) cell.className = "null";
      row.append(cell);
    }
    part.append(row);
  }
  return part;
}
