import type { EntityOut, GroupOut, PlanOut } from "src/api/schema";
import { itemsOf, withKnownIds } from "src/parts/triggers/items";
import type { TriggerItem } from "src/parts/triggers/types";

import type { Draft, Json } from "./draft";
import { entityOf, planBodies, same } from "./requests";

/** What there is under a name now. */
export type StoredNow = { plan: PlanOut | undefined; entity: EntityOut | undefined };

/** The same, of a plan that is there. */
export type StoredPlan = StoredNow & { plan: PlanOut };

/** What a save would replace, as it was at some time; of a plan that was not there its fields are null. */
export type Stand = {
  title: string;
  definition: Json;
  /** What the plan says itself of what it runs. */
  own: Json | null;
  triggers: TriggerItem[] | null;
  retries: number | null;
  enabled: boolean | null;
  /** When the plan, and what is stored, were last saved, as answers write it. */
  planAt: string | null;
  entityAt: string | null;
};

const OF_ENTITY = ["title", "definition"] as const;
const OF_PLAN = ["own", "triggers", "retries", "enabled"] as const;
type Field = (typeof OF_ENTITY)[number] | (typeof OF_PLAN)[number];

export const PARTS = ["what", "title", "triggers", "retries", "enabled"] as const;
export type Part = (typeof PARTS)[number];
const partOf = (field: Field): Part => (field === "definition" || field === "own" ? "what" : field);

/** What somebody else has done since a draft was begun that a save of it would undo. */
export type Change = {
  kind: "changed" | "made" | "deleted";
  parts: Part[];
  /** Who saved it last, and when, as answers write it; undefined where the server does not tell. */
  last?: { by: number; at: string };
};

/** Groups whose plans show what their entity has them run with more in it than is stored. */
const SHOWN_OTHERWISE: ReadonlySet<string> = new Set(["PIPELINE"]);

/**
 * What a plan says itself of what it runs, less what only names it, and what is stored.
 *
 * @param group undefined: its package is not there any more
 */
export function ownOf(params: Json, entityGroup: string, entity: EntityOut | undefined, group: GroupOut | undefined): Json {
  if (group?.params?.length === 0) return {}; // there is nothing to say of it
  const kept = entity?.definition ?? {};
  const names = new Set(group?.keyParams ?? []);
  const isStored = (name: string, value: unknown) => name in kept && (SHOWN_OTHERWISE.has(entityGroup) || same(value, kept[name]));
  return Object.fromEntries(Object.entries(params).filter(([name, value]) => !names.has(name) && !isStored(name, value)));
}

/** The items' numbers say nothing of when a plan runs. */
const withoutIds = (items: readonly TriggerItem[]): TriggerItem[] => itemsOf(items).map(({ id: _, ...rest }) => rest);

export function standOf({ plan, entity }: StoredNow, group: GroupOut | undefined): Stand {
  return {
    title: entity?.title ?? "",
    definition: entity?.definition ?? {},
    own: plan === undefined ? null : ownOf(plan.execDetail?.jobParams ?? {}, plan.entityGroup, entity, group),
    triggers: plan === undefined ? null : withoutIds(plan.planItems),
    retries: plan === undefined ? null : (plan.execDetail?.retryTimes ?? 0),
    enabled: plan?.enabled ?? null,
    planAt: plan?.updatedAt ?? null,
    entityAt: entity?.updatedAt ?? null,
  };
}

/** What would be stored of a draft. */
function wished(draft: Draft, group: GroupOut, entity: EntityOut | undefined): Pick<Stand, Field> {
  const stored = entityOf(draft, group, entity) ?? entity;
  const { execDetail } = planBodies(draft, group, entity, false)[0]!;
  return {
    title: stored?.title ?? "",
    definition: stored?.definition ?? {},
    own: ownOf(execDetail.jobParams, draft.group, entity, group),
    triggers: withoutIds(draft.items),
    retries: execDetail.retryTimes,
    enabled: draft.enabled,
  };
}

/** What has been changed since the draft was begun and is not what it would be made now; undefined: nothing that a save would undo. */
export function changeSince(draft: Draft, group: GroupOut, now: StoredNow): Change | undefined {
  const { begun } = draft;
  if (begun === undefined) return undefined;
  const [found, mine] = [standOf(now, group), wished(draft, group, now.entity)];
  const isLost = (field: Field) => !same(found[field], begun[field]) && !same(found[field], mine[field]);
  const [ofEntity, ofPlan] = [OF_ENTITY.filter(isLost), OF_PLAN.filter(isLost)];
  const lost = new Set([...ofEntity, ...ofPlan].map(partOf));
  if (lost.size === 0) return undefined;
  const wasThere = begun.triggers !== null;
  const kind = wasThere === (now.plan !== undefined) ? "changed" : wasThere ? "deleted" : "made";
  const saves = [
    ...(ofPlan.length > 0 && found.planAt !== begun.planAt ? [now.plan] : []),
    ...(ofEntity.length > 0 && found.entityAt !== begun.entityAt ? [now.entity] : []),
  ].flatMap((each) => (each === undefined ? [] : [{ by: each.updatedBy, at: each.updatedAt }]));
  const last = saves.reduce((one, other) => (one === undefined || other.at > one.at ? other : one), saves[0]);
  return { kind, parts: PARTS.filter((part) => lost.has(part)), ...(last === undefined ? {} : { last }) };
}

/** The draft without numbers of triggers that its plan does not have any more, which a server would refuse. */
export const withKnownItems = (draft: Draft, plan: PlanOut | undefined): Draft => ({
  ...draft,
  items: withKnownIds(draft.items, plan?.planItems ?? []),
});
