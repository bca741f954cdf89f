import type { EntityOut, GroupOut, PlanOut } from "src/api/schema";
import { itemsOf } from "src/parts/triggers/items";

import { EMPTY, type Draft, type Json } from "./draft";

/** Groups whose plans show what their entity has them run with more in it than is stored. */
const SHOWN_OTHERWISE: ReadonlySet<string> = new Set(["PIPELINE"]);

/**
 * What runs, as the wizard's fields have it: what is stored, and what the plan says itself, which goes before it.
 *
 * @param group undefined: its package is not there any more
 */
export function definitionOfPlan(plan: PlanOut, entity: EntityOut | undefined, group: GroupOut | undefined): Json {
  const kept = entity?.definition ?? {};
  if (group?.params?.length === 0) return kept; // there is nothing to say of it
  const names = new Set(group?.keyParams ?? []);
  const own = Object.entries(plan.execDetail?.jobParams ?? {}).filter(
    ([name]) => !names.has(name) && !(SHOWN_OTHERWISE.has(plan.entityGroup) && name in kept),
  );
  return { ...kept, ...Object.fromEntries(own) };
}

/** A plan as it is, to be changed. */
export function draftOf(plan: PlanOut, entity: EntityOut | undefined, group: GroupOut | undefined): Draft {
  const definition = definitionOfPlan(plan, entity, group);
  return {
    ...EMPTY,
    group: plan.entityGroup,
    key: plan.entityKey,
    title: entity?.title ?? "",
    definitions: Object.keys(definition).length > 0 ? { [plan.entityGroup]: definition } : {},
    keep: false,
    retries: plan.execDetail?.retryTimes ?? 0,
    items: itemsOf(plan.planItems),
    enabled: plan.enabled,
  };
}
