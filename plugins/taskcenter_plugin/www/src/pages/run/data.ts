import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";

import { api } from "src/api/client";
import { ApiError, data } from "src/api/errors";
import type { JobStateOut, RunOut, RunTaskOut } from "src/api/schema";

import { goesOn, isActive, stepKey } from "./states";

const LIVE_MS = 2_000;
const AFTER_ERROR_MS = 10_000;
const MOST_JOBS = 20; // that are asked about at a time

/** What is asked again after an error: not what the server has refused. */
const mayRecover = (error: Error | null): boolean => !(error instanceof ApiError) || error.status === 0 || error.status >= 500;
const pause = (error: Error | null, goes: boolean): number | false =>
  error !== null ? (mayRecover(error) ? AFTER_ERROR_MS : false) : goes ? LIVE_MS : false;

export const runKey = (contextId: number) => ["run", contextId] as const;

/** A run with its tasks, asked for again while anything goes on and the page is seen. */
export function useRun(contextId: number) {
  return useQuery({
    queryKey: runKey(contextId),
    queryFn: ({ signal }) => data(api.GET("/runs/{contextId}", { params: { path: { contextId } }, signal })),
    enabled: Number.isInteger(contextId),
    refetchInterval: ({ state }) => pause(state.error, state.data === undefined || goesOn(state.data)),
  });
}

/** The query that names a task to the endpoints about jobs. */
export const jobQuery = (run: RunOut, { taskId, mapIndex }: RunTaskOut) => ({
  dag_id: run.dagId,
  run_id: run.dagRunId,
  task_id: taskId,
  map_index: mapIndex,
});

export const jobKey = (run: RunOut, task: RunTaskOut, what: string) => ["job", what, run.context.id, stepKey(task), task.tries, task.remoteId];

const jobState = (run: RunOut, task: RunTaskOut) =>
  queryOptions({
    queryKey: jobKey(run, task, "state"),
    queryFn: ({ signal }) => data(api.GET("/jobs/state", { params: { query: jobQuery(run, task) }, signal })),
    refetchInterval: ({ state }) => pause(state.error, state.data?.job?.ended !== true),
  });

/** The job of a step, as its system tells. */
export function useJobState(run: RunOut, task: RunTaskOut) {
  return useQuery({ ...jobState(run, task), enabled: task.hasJob });
}

/** The jobs of the steps that are at work, by step. */
export function useLiveJobs(run: RunOut): ReadonlyMap<string, JobStateOut> {
  const tasks = run.tasks.filter(({ hasJob, state }) => hasJob && isActive(state)).slice(0, MOST_JOBS);
  const found = useQueries({ queries: tasks.map((task) => jobState(run, task)) });
  return new Map(tasks.flatMap((task, index) => (found[index]?.data ? [[stepKey(task), found[index].data]] : [])));
}
