import { asApiError } from "src/api/errors";

export const STEPS = ["what", "when", "save"] as const;
export type Step = (typeof STEPS)[number];
export type FieldName = "group" | "key" | "title" | "definition" | "retries" | "triggers";

/** What a refusal of the server's is about; `part`: the paragraph, node... by its id. */
export type Place = { step: Step; field?: FieldName; part?: string };

// The codes of taskcenter_plugin/errors.py.
const BAD_DEFINITION = 40004;
const OF_TRIGGERS = new Set([40002, 40003, 40005]);

/** Where on the page an error belongs: beside what it is about, or, if that is not told, beside the button that was pressed. */
export function placeOf(error: unknown): Place {
  const { code, message, status } = asApiError(error);
  if (status >= 500 || status === 0 || status === 401) return { step: "save" };
  if ((code !== undefined && OF_TRIGGERS.has(code)) || /^planItems\b/.test(message)) return { step: "when", field: "triggers" };
  if (/^entityKey\b/.test(message)) return { step: "what", field: "key" };
  if (/^entityGroup\b/.test(message)) return { step: "what", field: "group" };
  if (/^(entity\.)?title\b/.test(message)) return { step: "what", field: "title" };
  if (/^execDetail\.retryTimes\b/.test(message)) return { step: "what", field: "retries" };
  const aboutWhat = /^(entity\b|definition\b|execDetail\b|jobParams\b)/.test(message);
  if (code === BAD_DEFINITION || aboutWhat) return { step: "what", field: "definition", ...partOf(message) };
  return { step: "save" };
}

/** "NOTEBOOK 1, paragraph 2: give either code or scriptPath" is about paragraph 2. */
function partOf(message: string): { part?: string } {
  const part = /, (?:paragraph|node|attachment|data set) (.+?)(?:: |, )/.exec(message)?.[1];
  return part === undefined ? {} : { part };
}
