import type { StepOut } from "src/api/schema";

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
  const parts = sources.map((source) => partOf(step.taskId, source)).filter((part) => part !== undefined);
  const [whole, ...others] = new Set([...(parts.length > 0 ? parts : sources)].flatMap((source) => [...beginningWith(detail, source)]));
  return whole === undefined || others.length > 0 ? { shown: detail, cut: true } : { shown: whole, cut: false };
}

const inside = (value: unknown): unknown[] => (typeof value === "object" && value !== null ? Object.values(value) : []);

/** The part of a definition that has the task's id, such as a paragraph: others may begin just like it. */
function partOf(taskId: string, value: unknown): unknown {
  if (typeof value === "object" && value !== null && "id" in value && String(value.id) === taskId) return value;
  return inside(value).map((each) => partOf(taskId, each)).find((part) => part !== undefined);
}

/** The texts in a JSON value that begin like this. */
function* beginningWith(beginning: string, value: unknown): Generator<string> {
  if (typeof value === "string" && value.startsWith(beginning)) yield value;
  for (const each of inside(value)) yield* beginningWith(beginning, each);
}

/** Whether it is shown as code, and not as a name. */
export const looksLikeCode = ({ jobType, detail }: StepOut): boolean =>
  jobType !== null && WITH_CODE.has(jobType) && /[\s(;]/.test(detail ?? "");

/** Whether it is the number of a job on its system. */
export const isJobId = (detail: string): boolean => /^\d+$/.test(detail);

/**
 * What the code of a step is written in; Linkis runs SQL unless told otherwise.
 *
 * @param sources the plan's parameters, and the definition of its entity
 */
export function runTypeOf(step: StepOut, sources: readonly unknown[]): string {
  for (const found of [...sources.map((source) => partOf(step.taskId, source)), ...sources]) {
    const runType = found !== undefined && found !== null ? (found as Record<string, unknown>)["runType"] : undefined;
    if (typeof runType === "string") return runType;
  }
  return "sql";
}
