import type { EntityIn, EntityOut, GroupOut, PlanItemIn } from "src/api/schema";

import { definitionOf, isDefined, isObject, type Draft, type Json } from "./draft";

export type PlanBody = {
  entityGroup: string;
  entityKey: string;
  planItems?: PlanItemIn[];
  enabled: boolean;
  execDetail: { jobClass?: string; jobParams: Json; retryTimes: number };
};
export type PreviewBody = PlanBody & { entity?: EntityIn };

/** What is stored under the draft's name, if anything is. */
export type Stored = EntityOut | undefined;

/** The jobParams that the documents give for an entity: {"notebook": 1} of key "1"; numbers where the key has numbers. */
export function namedBy(keyParams: readonly string[], key: string): Json {
  if (keyParams.length === 0) return {};
  const parts = key.split("-");
  const last = parts.splice(keyParams.length - 1).join("-");
  const values = [...parts, last];
  if (key.split("-").length < keyParams.length) return {};
  return Object.fromEntries(keyParams.map((name, index) => [name, numbered(values[index] ?? "")]));
}

const numbered = (text: string): number | string => (/^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text);

export const hasDefinition = (stored: Stored): boolean => Object.keys(stored?.definition ?? {}).length > 0;

/** Whether the plan is to run what is stored as it is. */
export const keeps = (draft: Draft, stored: Stored): boolean => (draft.keep ?? !isDefined(draft)) && hasDefinition(stored);

/** Whether what is to run is stored as an entity, and not in the plan. */
const inEntity = (group: GroupOut, stored: Stored): boolean => group.stored || hasDefinition(stored);

/** The entity to store before the plan; undefined: there is nothing to store. */
export function entityOf(draft: Draft, group: GroupOut, stored: Stored): EntityIn | undefined {
  if (keeps(draft, stored)) return undefined;
  const title = draft.title.trim() || null;
  const given = inEntity(group, stored) ? cleaned(definitionOf(draft)) : {};
  const definition = Object.keys(given).length > 0 ? given : (stored?.definition ?? {});
  const unchanged = title === (stored?.title ?? null) && same(definition, stored?.definition ?? {});
  if (unchanged) return undefined;
  const method = definition["updateMethod"];
  return {
    ...(stored === undefined ? {} : otherFields(stored)),
    ...(typeof method === "string" ? { updateMethod: method } : {}),
    title,
    definition,
  };
}

/** A PUT replaces an entity whole, so what the page does not ask for is sent back as it was. */
function otherFields(stored: EntityOut): EntityIn {
  const { path, datasetType, updateMethod, updateMethodSwitchable, importType, diskUsage, datasetCount, isVirtual } = stored;
  return { path, datasetType, updateMethod, updateMethodSwitchable, importType, diskUsage, datasetCount, isVirtual };
}

const retriesOf = ({ retries }: Draft): number => (retries === "" ? 0 : (retries as number)); // the server refuses what is no number

/** The plan without what starts it. */
function bare(draft: Draft, group: GroupOut, stored: Stored): PlanBody {
  const key = draft.key.trim();
  const [jobClass] = group.jobClasses;
  const elsewhere = inEntity(group, stored);
  return {
    entityGroup: draft.group,
    entityKey: key,
    enabled: draft.enabled,
    execDetail: {
      ...(jobClass === undefined ? {} : { jobClass }),
      jobParams: elsewhere ? namedBy(group.keyParams, key) : cleaned(definitionOf(draft)),
      retryTimes: retriesOf(draft),
    },
  };
}

/** What a look at the plan is asked for with; `what`: only at what it runs, for its triggers are still to come. */
export function previewBody(draft: Draft, group: GroupOut, stored: Stored, part: "what" | "all"): PreviewBody {
  const entity = entityOf(draft, group, stored);
  const plan = { ...bare(draft, group, stored), ...(entity === undefined ? {} : { entity }) };
  return part === "what" ? { ...plan, enabled: true } : { ...plan, planItems: [...draft.items, ...now(draft)] };
}

const ONCE: PlanItemIn = { triggerType: "ONCE" };
const now = (draft: Draft): PlanItemIn[] => (draft.runNow ? [ONCE] : []);

/**
 * The requests that store the plan and, if that was chosen, run it. A request with nothing but ONCE leaves the triggers as they are,
 * so a plan that is there already and is to have none takes two.
 */
export function planBodies(draft: Draft, group: GroupOut, stored: Stored, exists: boolean): PlanBody[] {
  const plan = bare(draft, group, stored);
  if (exists && draft.runNow && draft.items.length === 0) return [[], [ONCE]].map((planItems) => ({ ...plan, planItems }));
  return [{ ...plan, planItems: [...draft.items, ...now(draft)] }];
}

/** Without fields that are empty, also in the steps. */
export function cleaned(definition: Json): Json {
  const kept = Object.entries(definition).filter(([, value]) => value !== undefined && value !== "" && value !== null);
  return Object.fromEntries(
    kept.map(([name, value]) => [name, Array.isArray(value) ? value.map((each: unknown) => (isObject(each) ? cleaned(each) : each)) : value]),
  );
}

/** Whether two values are the same JSON, in whatever order their fields are. */
export function same(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, index) => same(each, other[index]));
  }
  if (isObject(one) && isObject(other)) {
    const names = Object.keys(one);
    return names.length === Object.keys(other).length && names.every((name) => name in other && same(one[name], other[name]));
  }
  return one === other;
}
