// What the trigger editor takes and gives: `import { TriggerEditor } from "src/parts/triggers"`.
import type { PlanItemIn, PlanName } from "src/api/schema";

/** A trigger item as requests have it: CRON_JOB or DEPENDENCY. ONCE is no trigger that stays, so the editor knows nothing of it. */
export type TriggerItem = PlanItemIn;

export type TriggerEditorProps = {
  /** The items that are shown. Controlled: what `onChange` gives is to come back as `value`. */
  value: readonly TriggerItem[];
  /** All items after each change, unfinished ones among them (e.g. a CRON_JOB without cronDesc): the server's verdict says so. */
  onChange: (items: TriggerItem[]) => void;
  /** The plan that the items are of, which cannot wait for itself. */
  self?: PlanName | undefined;
  disabled?: boolean | undefined;
  /** Told whether the server would take all items; undefined: it is being asked. Must be the same function from render to render. */
  onValid?: ((valid: boolean | undefined) => void) | undefined;
  /** The time zone of new items; the viewer's unless given. */
  zone?: string | undefined;
};
