import type { PlanOut, StepOut } from "src/api/schema";

/** As long as the server lets what a step does be. */
export const MAX_DETAIL = 500;
const WITH_CODE: ReadonlySet<string> = new Set(["LINKIS", "FLINK", "NOTEBOOK", "PIPELINE"]);

export const isCut = ({ detail }: StepOut): boolean => [...(detail ?? "")].length >= MAX_DETAIL;

/**
 * What a step does, whole where it is found in what the plan is defined by.
 *
 * @param sources the plan's parameters, and the definition of its entity
 */
export function textOf(step: StepOut, sources: readonly unknown[]): { shown: string; cut: boolean } | undefined {
  const { detail } = step;
  if (detail === null || detail === "") return undefined;
  if (!isCut(step)) return { shown: detail, cut: false };
  const whole = sources.map((source) => beginningWith(detail, source)).find((text) => text !== undefined);
  return { shown: whole ?? detail, cut: whole === undefined };
}

/** The first text in a JSON value that begins like this. */
function beginningWith(beginning: string, value: unknown): string | undefined {
  if (typeof value === "string") return value.startsWith(beginning) ? value : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const each of Object.values(value)) {
    const found = beginningWith(beginning, each);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether it is shown as code, and not as a name. */
export const looksLikeCode = ({ jobType, detail }: StepOut): boolean =>
  jobType !== null && WITH_CODE.has(jobType) && /[\s(;]/.test(detail ?? "");

/** What the code of a plan is written in; Linkis runs SQL unless told otherwise. */
export function runTypeOf({ execDetail }: PlanOut): string {
  const runType = execDetail?.jobParams["runType"];
  return typeof runType === "string" ? runType : "sql";
}
