import { api } from "src/api/client";
import { data } from "src/api/errors";
import type { PlanOfDagOut } from "src/api/schema";

/** The plan and the run that a DAG and a DAG run are; null: none, or none that one may see. */
export const byDag = (dagId: string, runId?: string): Promise<PlanOfDagOut> =>
  data(api.GET("/plans/by-dag", { params: { query: { dag_id: dagId, ...(runId === undefined ? {} : { run_id: runId }) } } }));
