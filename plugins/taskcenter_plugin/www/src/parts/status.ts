import type { ContextStatus } from "src/api/schema";

export type { ContextStatus };

export const STATUSES: readonly ContextStatus[] = ["NONE", "PENDING", "RUNNING", "SUCCESSFUL", "FAILED", "CANCELLED"];
export const GOES_ON: ReadonlySet<string> = new Set(["PENDING", "RUNNING"]);

/** The colours that Airflow's theme has for its own states. */
export const PALETTES: Record<ContextStatus, string> = {
  NONE: "gray",
  PENDING: "queued",
  RUNNING: "running",
  SUCCESSFUL: "success",
  FAILED: "failed",
  CANCELLED: "orange",
};
