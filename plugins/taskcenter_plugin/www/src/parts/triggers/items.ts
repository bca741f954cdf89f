import type { PlanName } from "src/api/schema";
import { viewerZone } from "src/parts/times";

import type { TriggerItem } from "./types";

/** An item as requests have it, without what answers tell beside; of a plan's items as the server has shown them. */
export function itemOf({ id, triggerType, cronDesc, cronType, timeZone, triggerByJobs }: TriggerItem): TriggerItem {
  const known = id === undefined || id === null ? {} : { id };
  if (triggerType !== "DEPENDENCY") return { ...known, triggerType, cronDesc: cronDesc ?? null, cronType: cronType ?? null, timeZone: timeZone ?? null };
  const upstream = (triggerByJobs ?? []).map(({ entityGroup, entityKey }) => ({ entityGroup, entityKey }));
  return { ...known, triggerType, triggerByJobs: upstream };
}

/** The items that stay with a plan. */
export const itemsOf = (items: readonly TriggerItem[]): TriggerItem[] =>
  items.filter(({ triggerType }) => triggerType !== "ONCE").map(itemOf);

export const newCron = (zone: string = viewerZone()): TriggerItem => ({
  triggerType: "CRON_JOB",
  cronDesc: "0 0 0 * * ?",
  cronType: "DAILY",
  timeZone: zone,
});

export const newDependency = (): TriggerItem => ({ triggerType: "DEPENDENCY", triggerByJobs: [] });

/** Items without the numbers of those that a plan does not have any more, which a server would refuse. */
export function withKnownIds(items: readonly TriggerItem[], planItems: readonly TriggerItem[]): TriggerItem[] {
  const known = new Set(planItems.map(({ id }) => id));
  return items.map((item) => {
    const { id, ...rest } = item;
    return id === undefined || id === null || known.has(id) ? item : rest;
  });
}

/** Whether two lists of items say the same. */
export const sameItems = (some: readonly TriggerItem[], others: readonly TriggerItem[]): boolean =>
  JSON.stringify(itemsOf(some)) === JSON.stringify(itemsOf(others));

export const samePlan = (one: PlanName, other: PlanName | undefined): boolean =>
  one.entityGroup === other?.entityGroup && one.entityKey === other.entityKey;
