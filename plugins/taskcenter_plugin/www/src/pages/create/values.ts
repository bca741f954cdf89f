// What is typed into a field, as JSON has it. What cannot be read is kept as the text that it is: the server says what is wrong with it.

/** A number field: 12, 0.5; empty: nothing. */
export function numberOf(text: string): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : text;
}

/** An id: a number where the text is one and nothing is lost by it, else the text. */
export function idOf(text: string): number | string | undefined {
  if (text === "") return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) && number >= 0 && String(number) === text ? number : text;
}

/** A list with a line for each. */
export function linesOf(text: string): string[] | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  const found = lines.filter((line) => line !== "");
  return found.length === 0 ? undefined : found;
}

/** An object or list as JSON. */
export function jsonOf(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** What a field shows of a value. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
}

export const linesText = (value: unknown): string =>
  Array.isArray(value) ? value.map((each) => textOf(each)).join("\n") : textOf(value);
