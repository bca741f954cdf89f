import type { JobState, RunOut, RunTaskOut } from "src/api/schema";
import { GOES_ON } from "src/parts/status";

const ENDED: ReadonlySet<string> = new Set(["success", "failed", "skipped", "upstream_failed", "removed"]);
const ACTIVE: ReadonlySet<string> = new Set(["running", "deferred", "queued", "restarting", "up_for_reschedule"]);

/** What the plan of a run is called. */
export const planNameOf = ({ context }: RunOut): string => context.title || `${context.entityGroup} ${context.entityKey}`;

/** Whether a task has ended for good. */
export const hasEnded = (state: string | null): boolean => state !== null && ENDED.has(state);

/** Whether a task is at work, so that its log grows. */
export const isActive = (state: string | null): boolean => state !== null && ACTIVE.has(state);

/** Whether anything of a run may change by itself. */
export const goesOn = ({ context, tasks }: RunOut): boolean =>
  GOES_ON.has(context.jobStatus) || tasks.some(({ state }) => isActive(state));

const THEME: ReadonlySet<string> = new Set([
  "success", "failed", "running", "queued", "skipped", "up_for_retry", "up_for_reschedule", "upstream_failed", "restarting", "deferred",
  "scheduled", "removed",
]);

/** A task's state as it is shown: what a cancel has ended has not failed by itself. */
export const shownState = ({ state, stopped }: RunTaskOut): string | null => (stopped ? "stopped" : state);

/** The colour that Airflow's theme has for a task's state. */
export const taskPalette = (state: string | null): string => (state === "stopped" ? "orange" : state !== null && THEME.has(state) ? state : "gray");

export const JOB_PALETTES: Record<JobState, string> = {
  pending: "queued",
  running: "running",
  succeeded: "success",
  failed: "failed",
  cancelled: "orange",
  timed_out: "failed",
  unknown: "gray",
};

/** Whether a step has failed for a reason that its job does not tell: the job went well, or cannot be asked. */
export const isUnexplained = ({ state, hasJob }: RunTaskOut, job: JobState | undefined, cannotAsk: boolean): boolean =>
  state === "failed" && hasJob && (cannotAsk || job === "succeeded");

/** Names a step in the page's address. */
export const stepKey = ({ taskId, mapIndex }: RunTaskOut): string => (mapIndex < 0 ? taskId : `${taskId}[${mapIndex}]`);

/** What a step is called: mapped ones have the same title. */
export const stepName = ({ title, mapIndex }: RunTaskOut): string => (mapIndex < 0 ? title : `${title} [${mapIndex}]`);

/** The step that an address names, or else the one that most wants to be looked at: the first that runs, has failed, or is there. */
export function chosenStep(tasks: readonly RunTaskOut[], key: string | null): RunTaskOut | undefined {
  return (
    tasks.find((task) => stepKey(task) === key) ??
    tasks.find(({ state }) => state === "running" || state === "deferred") ??
    tasks.find(({ state }) => state === "failed") ??
    tasks.find(({ hasJob }) => hasJob) ??
    tasks[0]
  );
}

/** By step, the titles of those that it waits for. */
export function upstreamOf(tasks: readonly RunTaskOut[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { title, downstream } of tasks) {
    for (const id of downstream) {
      const names = found.get(id) ?? [];
      if (!names.includes(title)) names.push(title);
      found.set(id, names);
    }
  }
  return found;
}
