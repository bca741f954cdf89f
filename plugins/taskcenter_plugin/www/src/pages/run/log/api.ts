import { api } from "src/api/client";
import { data } from "src/api/errors";

import type { AskLines } from "./logReader";
import type { AskHits } from "./logSearch";

/** Whose log: the remote job's, or Airflow's of the task. */
export type Source = "job" | "task";

/** Which log of a run; without `attempt`, that of the last try. */
export type LogId = { contextId: number; taskId: string; mapIndex: number; source: Source; attempt?: number };

const wanted = ({ contextId, taskId, mapIndex, source, attempt }: LogId) => ({
  path: { contextId },
  query: { task_id: taskId, map_index: mapIndex, source, ...(attempt === undefined ? {} : { try: attempt }) },
});

export const linesOf = (log: LogId): AskLines => {
  const { path, query } = wanted(log);
  return (from_line, count, signal) =>
    data(api.GET("/runs/{contextId}/log", { params: { path, query: { ...query, from_line, count } }, signal }));
};

export const hitsOf = (log: LogId): AskHits => {
  const { path, query } = wanted(log);
  return (q, after_line, signal) =>
    data(api.GET("/runs/{contextId}/log/search", { params: { path, query: { ...query, q, after_line } }, signal }));
};
