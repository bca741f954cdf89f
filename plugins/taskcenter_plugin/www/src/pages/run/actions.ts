import { api } from "src/api/client";
import { data, envelope } from "src/api/errors";
import type { RunCancelOut, RunOut } from "src/api/schema";

const HEADER = { "x-requested-with": "task-center" }; // which the client sends anyhow
const LOOKS = 10;
const EVERY_MS = 1_000;

/** Stop that run alone. */
export const cancelRun = (contextId: number): Promise<RunCancelOut> =>
  data(api.POST("/runs/{contextId}/cancel", { params: { path: { contextId }, header: HEADER } }));

/** Whether the plan of a run is switched on. */
export const isPlanOn = async ({ context }: RunOut): Promise<boolean> =>
  (await data(api.GET("/api/schedules/{scheduleId}", { params: { path: { scheduleId: context.planId } } }))).enabled;

/** Run the plan of a run once more, now; the number of the new run, undefined if none comes up in some seconds. */
export async function runAgain(run: RunOut): Promise<number | undefined> {
  const { entityGroup, entityKey, id } = run.context;
  const before = Math.max(id, await newestRun(run));
  await envelope(api.POST("/api/schedules", { body: { entityGroup, entityKey, planItems: [{ triggerType: "ONCE" }] } }));
  for (let look = 0; look < LOOKS; look++) {
    const newest = await newestRun(run);
    if (newest > before) return newest;
    await new Promise((later) => setTimeout(later, EVERY_MS));
  }
  return undefined;
}

async function newestRun({ context: { planId } }: RunOut): Promise<number> {
  const [plan] = await data(api.GET("/plans/extras", { params: { query: { ids: String(planId) } } }));
  return Math.max(0, ...(plan?.runs.map(({ contextId }) => contextId) ?? []));
}
