import type { PlanOut, StepOut } from "src/api/schema";

/** As long as the server lets what a step does be. */
export const MAX_DETAIL = 500;
const WITH_CODE: ReadonlySet<string> = new Set(["LINKIS", "FLINK", "NOTEBOOK", "PIPELINE"]);

const param = ({ execDetail }: PlanOut, name: string): string | undefined => {
  const value = execDetail?.jobParams[name];
  return typeof value === "string" ? value : undefined;
};

/** What a step does, whole where the plan has it: of a plan of one step, in its own parameters. */
export function textOf({ detail }: StepOut, plan: PlanOut, alone: boolean): { shown: string; cut: boolean } | undefined {
  if (detail === null || detail === "") return undefined;
  const cut = [...detail].length >= MAX_DETAIL;
  const whole = alone && cut ? [param(plan, "code"), param(plan, "sql")].find((text) => text?.startsWith(detail)) : undefined;
  return { shown: whole ?? detail, cut: cut && whole === undefined };
}

/** Whether it is shown as code, and not as a name. */
export const looksLikeCode = ({ jobType, detail }: StepOut): boolean =>
  jobType !== null && WITH_CODE.has(jobType) && /[\s(;]/.test(detail ?? "");

/** What its code is written in; Linkis runs SQL unless told otherwise. */
export const runTypeOf = (_: StepOut, plan: PlanOut): string => param(plan, "runType") ?? "sql";
