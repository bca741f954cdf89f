import { api } from "src/api/client";
import { data } from "src/api/errors";
import type { PlanOut, RunCancelOut, RunOut } from "src/api/schema";

const HEADER = { "x-requested-with": "task-center" }; // which the client sends anyhow

/** Stop that run alone. */
export const cancelRun = (contextId: number): Promise<RunCancelOut> =>
  data(api.POST("/runs/{contextId}/cancel", { params: { path: { contextId }, header: HEADER } }));

/** The plan of a run, as it is now. */
export const planOf = ({ context }: RunOut): Promise<PlanOut> =>
  data(api.GET("/api/schedules/{scheduleId}", { params: { path: { scheduleId: context.planId } } }));

/** Run a plan now; the number of the new run, undefined while there is none. */
export async function runPlan({ entityGroup, entityKey, contextId: before }: PlanOut): Promise<number | undefined> {
  const body = { entityGroup, entityKey, planItems: [{ triggerType: "ONCE" as const }] };
  const { contextId } = await data(api.POST("/api/schedules", { body }));
  return contextId === null || contextId === before ? undefined : contextId;
}
