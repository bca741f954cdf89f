import { api } from "src/api/client";
import { ApiError, data } from "src/api/errors";

/** The plan and the run that a DAG and a DAG run are; null: none, or none that one may see. */
export type ByDag = { planId: number | null; contextId: number | null };

export async function byDag(dagId: string, runId?: string): Promise<ByDag> {
  const query = { dag_id: dagId, ...(runId === undefined ? {} : { run_id: runId }) };
  try {
    return await data<ByDag>(api.GET("/plans/by-dag" as never, { params: { query } } as never));
  } catch (error) {
    if (error instanceof ApiError && error.trouble === "missing") return { planId: null, contextId: null };
    throw error;
  }
}
