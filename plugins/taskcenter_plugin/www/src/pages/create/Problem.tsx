import { asApiError } from "src/api/errors";
import { ErrorNote } from "src/parts/ErrorNote";

import type { FieldName, Place } from "./places";

/** What the server has refused, and where on the page that belongs. */
export type ProblemOf = { error: unknown; place: Place };

/** The message for a field, if the problem is about it. */
export const messageFor = (problem: ProblemOf | undefined, field: FieldName): string | undefined =>
  problem?.place.field === field ? asApiError(problem.error).message : undefined;

export function Problem({ problem, retry }: { problem: ProblemOf; retry?: () => void }) {
  return <ErrorNote error={problem.error} {...(retry === undefined ? {} : { retry })} />;
}
