import { api } from "src/api/client";
import { envelope } from "src/api/errors";
import type { PlanMayOut, PlanOut, ShortRunOut } from "src/api/schema";
import { GOES_ON } from "src/parts/status";

export const ACTIONS = ["run", "enable", "disable", "cancel", "delete"] as const;
export type Action = (typeof ACTIONS)[number];

/** Whether the user may do it, and whether it would do anything. */
export function isOffered(
  action: Action,
  plan: PlanOut,
  may: PlanMayOut | undefined,
  runs: readonly Pick<ShortRunOut, "jobStatus">[] = [],
): boolean {
  if (may === undefined) return false;
  switch (action) {
    case "run":
      return may.run && (plan.enabled || may.edit); // to run it switches it on
    case "enable":
      return may.edit && !plan.enabled;
    case "disable":
      return may.edit && plan.enabled;
    case "cancel":
      return may.cancel && [plan, ...runs].some(({ jobStatus }) => GOES_ON.has(jobStatus));
    case "delete":
      return may.delete;
  }
}

/** Whether the user is asked before: what cannot be taken back, or does more than its name says. */
export const wantsQuestion = (action: Action, plan: PlanOut): boolean =>
  action === "delete" || action === "cancel" || (action === "run" && !plan.enabled);

/** Ask the server for it. */
export async function perform(action: Action, { id, entityGroup, entityKey }: PlanOut): Promise<void> {
  const params = { path: { scheduleId: id } };
  switch (action) {
    case "run":
      // Of a plan that is not there any more this request would make a new one.
      await envelope(api.GET("/api/schedules/{scheduleId}", { params }));
      await envelope(api.POST("/api/schedules", { body: { entityGroup, entityKey, planItems: [{ triggerType: "ONCE" }] } }));
      return;
    case "enable":
      await envelope(api.POST("/api/schedules/{scheduleId}/enable", { params }));
      return;
    case "disable":
      await envelope(api.POST("/api/schedules/{scheduleId}/disable", { params }));
      return;
    case "cancel":
      await envelope(api.PUT("/api/schedules/{scheduleId}/cancel", { params }));
      return;
    case "delete":
      await envelope(api.DELETE("/api/schedules/{scheduleId}", { params }));
  }
}
