import type { GroupOut } from "src/api/schema";
import type { TriggerItem } from "src/parts/triggers/types";

import type { Stand } from "./stand";

export type Json = Record<string, unknown>;

/** All that has been said of a plan that is being made. */
export type Draft = {
  /** The entityGroup; empty: not chosen yet. */
  group: string;
  /** The entityKey. */
  key: string;
  title: string;
  /** What is to run, by group, so that another group may be looked at in between. */
  definitions: Record<string, Json>;
  /** Run what is stored under the key as it is; not decided yet: if nothing else has been said. */
  keep?: boolean | undefined;
  retries: number | string;
  items: TriggerItem[];
  enabled: boolean;
  runNow: boolean;
  /** What there was under its name when that was looked up first. */
  begun?: Stand | undefined;
};

export const EMPTY: Draft = {
  group: "",
  key: "",
  title: "",
  definitions: {},
  retries: 0,
  items: [],
  enabled: true,
  runNow: false,
};

/** The groups in the order in which people look for them; others, of other packages, come after. */
const ORDER = [
  "NOTEBOOK",
  "PIPELINE",
  "LINKIS",
  "EXCHANGIS",
  "FLINK",
  "DATASET",
  "APP_REFRESH",
  "APP_EMAIL",
  "DB_BATCH_SYNC",
  "SCREENSHOT",
];

export const inOrder = (groups: readonly GroupOut[]): GroupOut[] => {
  const rank = ({ group }: GroupOut): number => (ORDER.includes(group) ? ORDER.indexOf(group) : ORDER.length);
  return [...groups].sort((one, other) => rank(one) - rank(other) || one.group.localeCompare(other.group));
};

/** What one begins with, so that there is a field to write into. */
const FIRST: Record<string, Json> = {
  NOTEBOOK: { paragraphs: [{ id: "1" }] },
  PIPELINE: { nodes: [{ id: "1" }] },
};

export const definitionOf = (draft: Draft): Json => draft.definitions[draft.group] ?? FIRST[draft.group] ?? {};

export const withDefinition = (draft: Draft, definition: Json): Draft => ({
  ...draft,
  definitions: { ...draft.definitions, [draft.group]: definition },
});

/** Whether anything has been said of what is to run. */
export const isDefined = (draft: Draft): boolean => draft.definitions[draft.group] !== undefined;

/** The definition with a field changed; empty: without it. */
export function withField(definition: Json, name: string, value: unknown): Json {
  const { [name]: _, ...rest } = definition;
  return value === undefined || value === "" ? rest : { ...definition, [name]: value };
}

/** The smallest number that no step has as its id yet. */
export function freshId(steps: readonly Json[]): string {
  const taken = new Set(steps.map(({ id }) => String(id)));
  let number = 1;
  while (taken.has(String(number))) number++;
  return String(number);
}

/** The steps of a definition; what is none (it may have been written as JSON) is left out. */
export function stepsOf(definition: Json, name: string): Json[] {
  const steps = definition[name];
  return Array.isArray(steps) ? steps.filter(isObject) : [];
}

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Swaps a step with the one before (-1) or after (1). */
export function moved<Step>(steps: readonly Step[], index: number, by: -1 | 1): Step[] {
  const to = index + by;
  const next = [...steps];
  if (to < 0 || to >= steps.length) return next;
  [next[index], next[to]] = [next[to]!, next[index]!];
  return next;
}

/** Takes a node away, and out of what others wait for. */
export function withoutNode(nodes: readonly Json[], index: number): Json[] {
  const id = String(nodes[index]?.["id"]);
  return nodes
    .filter((_, each) => each !== index)
    .map((node) => (Array.isArray(node["dependsOn"]) ? { ...node, dependsOn: without(node["dependsOn"], id) } : node));
}

/** Gives a node another id, also where others wait for it, unless another has the former or the new one, too. */
export function renamed(nodes: readonly Json[], index: number, id: string): Json[] {
  const before = String(nodes[index]?.["id"]);
  const unclear = nodes.some((node, each) => each !== index && [before, id].includes(String(node["id"])));
  return nodes.map((node, each) => {
    if (each === index) return { ...node, id };
    if (unclear) return node;
    const waits = node["dependsOn"];
    if (!Array.isArray(waits)) return node;
    return { ...node, dependsOn: waits.map((one: unknown) => (String(one) === before ? id : one)) };
  });
}

const without = (ids: readonly unknown[], id: string): unknown[] => ids.filter((each) => String(each) !== id);
