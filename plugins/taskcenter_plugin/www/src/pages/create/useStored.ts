import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api } from "src/api/client";
import { ApiError, data, envelope } from "src/api/errors";
import type { EntityOut, PlanOut } from "src/api/schema";

import type { StoredNow } from "./stand";

const TYPING_MS = 300;
const PAGE = 50;

/** A text, once it has not changed for a while. */
export function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}

export type Known = {
  /** What is stored under this name. */
  entity: EntityOut | undefined;
  /** The plan that there is already. */
  plan: PlanOut | undefined;
  /** Keys of the group that are stored and look like this one. */
  keys: string[];
  /** The name is still being looked up. */
  looking: boolean;
};

/** What there is under a name. What the user may not see is as if it were not there: the preview tells. */
export function useKnown(group: string, typedKey: string): Known {
  const key = usePaused(typedKey.trim());
  const listed = useQuery({
    queryKey: ["create", "entities", group, key],
    queryFn: ({ signal }) =>
      envelope(api.GET("/api/entities", { params: { query: { entityGroup: group, q: key, limit: PAGE } }, signal })),
    enabled: group !== "",
    staleTime: 5_000,
  });
  const same = listed.data?.data.find(({ entityKey }) => entityKey === key);
  const maybeElsewhere = listed.data !== undefined && same === undefined && listed.data.totalHits > PAGE;
  const one = useQuery({
    queryKey: ["create", "entity", group, key],
    queryFn: ({ signal }) => stored(group, key, signal),
    enabled: maybeElsewhere && key !== "",
    staleTime: 5_000,
  });
  const plans = useQuery({
    queryKey: ["create", "plan", group, key],
    queryFn: ({ signal }) => plansOf(group, key, signal),
    enabled: group !== "" && key !== "",
    staleTime: 5_000,
  });
  return {
    entity: key === "" ? undefined : (same ?? one.data ?? undefined),
    plan: key === "" ? undefined : plans.data?.data.find(({ entityKey }) => entityKey === key),
    keys: (listed.data?.data ?? []).map(({ entityKey }) => entityKey),
    looking: key !== typedKey.trim() || listed.isFetching || plans.isFetching || one.isFetching,
  };
}

const plansOf = (entityGroup: string, entityKey: string, signal: AbortSignal) =>
  envelope(api.GET("/api/schedules", { params: { query: { entityGroup, entityKey, limit: 1 } }, signal }));

/** The plan of a name, and what is stored under it, as they are now. */
export async function storedNow(group: string, key: string, signal: AbortSignal): Promise<StoredNow> {
  const [plans, entity] = await Promise.all([plansOf(group, key, signal), storedAs(group, key, signal)]);
  return { plan: plans.data.find(({ entityKey }) => entityKey === key), entity };
}

/** What is stored under a name. It is looked for in the list, which has no error for what is not there. */
export async function storedAs(entityGroup: string, entityKey: string, signal: AbortSignal): Promise<EntityOut | undefined> {
  const listed = await envelope(api.GET("/api/entities", { params: { query: { entityGroup, q: entityKey, limit: PAGE } }, signal }));
  const same = listed.data.find((each) => each.entityKey === entityKey);
  return same ?? (listed.totalHits > PAGE ? ((await stored(entityGroup, entityKey, signal)) ?? undefined) : undefined);
}

/** An entity; null: there is none. */
async function stored(group: string, key: string, signal: AbortSignal): Promise<EntityOut | null> {
  try {
    const path = { entityGroup: group, entityKey: key };
    return await data(api.GET("/api/entities/{entityGroup}/{entityKey}", { params: { path }, signal }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
