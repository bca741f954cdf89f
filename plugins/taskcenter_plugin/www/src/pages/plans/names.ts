import type { PlanOut } from "src/api/schema";

/** What a plan is called: by its title, or by what it runs. */
export const planName = ({ title, entityGroup, entityKey }: PlanOut): string => title || `${entityGroup} ${entityKey}`;

/** The time zone of a plan's schedule; of several, the first. */
export const planZone = ({ planItems }: PlanOut): string | undefined =>
  planItems.find(({ triggerType }) => triggerType === "CRON_JOB")?.timeZone ?? undefined;
