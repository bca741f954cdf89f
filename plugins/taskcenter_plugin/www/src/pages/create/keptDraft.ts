import { EMPTY, isObject, type Draft } from "./draft";

const NAME = "task-center-draft";

// In the tab's own storage: a reload, a login that has ended or a wrong click lose nothing, and no other tab is disturbed.

/** The name of what is kept of a change to a plan; of a plan that is being made it is without a number. */
const nameOf = (planId: number | undefined): string => (planId === undefined ? NAME : `${NAME}-${planId}`);

/** What was being made, or changed, when the page was left; undefined: nothing. */
export function keptDraft(planId?: number): Draft | undefined {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(nameOf(planId)) ?? "null");
    return isObject(found) ? ({ ...EMPTY, ...found } as Draft) : undefined;
  } catch {
    return undefined;
  }
}

export function keepDraft(draft: Draft | undefined, planId?: number): void {
  try {
    if (draft === undefined) sessionStorage.removeItem(nameOf(planId));
    else sessionStorage.setItem(nameOf(planId), JSON.stringify(draft));
  } catch {
    // Storage may be switched off, or full; the page works without.
  }
}
