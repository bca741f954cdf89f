import { EMPTY, isObject, type Draft } from "./draft";

const NAME = "task-center-draft";

// In the tab's own storage: a reload, a login that has ended or a wrong click lose nothing, and no other tab is disturbed.

/** What was being made when the page was left; undefined: nothing. */
export function keptDraft(): Draft | undefined {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(NAME) ?? "null");
    return isObject(found) ? ({ ...EMPTY, ...found } as Draft) : undefined;
  } catch {
    return undefined;
  }
}

export function keepDraft(draft: Draft | undefined): void {
  try {
    if (draft === undefined) sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, JSON.stringify(draft));
  } catch {
    // Storage may be switched off, or full; the page works without.
  }
}
