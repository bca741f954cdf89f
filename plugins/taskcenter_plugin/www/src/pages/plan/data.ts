import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api } from "src/api/client";
import { data, envelope } from "src/api/errors";
import type { PlanExtrasOut, PlanOut } from "src/api/schema";
import { GOES_ON } from "src/parts/status";
import { PLANS_KEY } from "src/pages/plans/data";

const SOON_MS = 3_000;
const LATER_MS = 10_000;
export const DEPTH = 3;

const path = (scheduleId: number) => ({ path: { scheduleId } });

/** The plan, asked for again every few seconds while it can be seen, sooner while it runs. */
export function usePlan(id: number) {
  return useQuery({
    queryKey: [PLANS_KEY, "one", id],
    queryFn: ({ signal }) => data(api.GET("/api/schedules/{scheduleId}", { params: path(id), signal })),
    refetchInterval: ({ state }) => (state.data !== undefined && GOES_ON.has(state.data.jobStatus) ? SOON_MS : LATER_MS),
  });
}

/** What the documented fields do not tell: rights, and next and last runs as moments. Asked for with each new answer on the plan. */
export function useExtras(id: number, updatedAt: number): PlanExtrasOut | undefined {
  const extras = useQuery({
    queryKey: [PLANS_KEY, "extras", String(id), updatedAt],
    queryFn: ({ signal }) => data(api.GET("/plans/extras", { params: { query: { ids: String(id) } }, signal })),
    enabled: updatedAt > 0,
    placeholderData: keepPreviousData,
    gcTime: 30_000,
  });
  return extras.data?.find((each) => each.id === id);
}

/** The tasks of the plan's DAG; they change with the plan alone. */
export function useSteps({ id, updatedAt }: PlanOut) {
  return useQuery({
    queryKey: [PLANS_KEY, "steps", id, updatedAt],
    queryFn: ({ signal }) => data(api.GET("/plans/{scheduleId}/tasks", { params: path(id), signal })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** The definition of what the plan runs, where it is stored and the user may see it; asked for only if it is wanted. */
export function useDefinition({ entityGroup, entityKey, updatedAt }: PlanOut, wanted: boolean): unknown {
  const entity = useQuery({
    queryKey: ["entity", entityGroup, entityKey, updatedAt],
    queryFn: ({ signal }) =>
      data(api.GET("/api/entities/{entityGroup}/{entityKey}", { params: { path: { entityGroup, entityKey } }, signal })),
    enabled: wanted,
    staleTime: 60_000,
  });
  return entity.data?.definition;
}

/** What the plan depends on, and what depends on it. */
export function useRelations({ id, jobStatus, startAt }: PlanOut) {
  return useQuery({
    // With its last run, so that the graph does not tell of another status than what stands above it.
    queryKey: [PLANS_KEY, "graph", id, jobStatus, startAt],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => data(api.GET("/plans/{scheduleId}/graph", { params: { ...path(id), query: { depth: DEPTH } }, signal })),
    refetchInterval: LATER_MS,
  });
}

/**
 * A page of its runs, the newest first.
 *
 * @param newest the number of the newest one, as far as is known
 */
export function useRuns({ entityGroup, entityKey, jobStatus }: PlanOut, newest: number | undefined, offset: number, limit: number) {
  return useQuery({
    // With the plan's newest run, so that what the page says of it above is never newer than this list.
    queryKey: [PLANS_KEY, "runs", entityGroup, entityKey, offset, limit, newest, jobStatus],
    queryFn: ({ signal }) =>
      envelope(api.GET("/api/contexts", { params: { query: { entityGroup, entityKey, offset, limit } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      GOES_ON.has(jobStatus) || state.data?.data.some((run) => GOES_ON.has(run.jobStatus)) ? SOON_MS : LATER_MS,
  });
}
