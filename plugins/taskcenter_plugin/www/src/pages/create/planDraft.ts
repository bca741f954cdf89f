import type { EntityOut, GroupOut, PlanOut } from "src/api/schema";
import { itemsOf } from "src/parts/triggers/items";

import { EMPTY, type Draft, type Json } from "./draft";
import { ownOf, standOf } from "./stand";

/**
 * What runs, as the wizard's fields have it: what is stored, and what the plan says itself, which goes before it.
 *
 * @param group undefined: its package is not there any more
 */
export function definitionOfPlan(plan: PlanOut, entity: EntityOut | undefined, group: GroupOut | undefined): Json {
  return { ...entity?.definition, ...ownOf(plan.execDetail?.jobParams ?? {}, plan.entityGroup, entity, group) };
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
    begun: standOf({ plan, entity }, group),
  };
}
