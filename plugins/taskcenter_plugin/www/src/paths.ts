// Where the pages are inside Airflow's UI, as its router knows them: without the prefix of its base URL.
export const PLANS = "/plugin/task-center";
export const NEW_PLAN = `${PLANS}/plans/new`;

export const changePath = (id: number): string => `${PLANS}/plans/${id}/edit`;
export const planPath = (id: number): string => `${PLANS}/plans/${id}`;
export const runPath = (contextId: number): string => `${PLANS}/runs/${contextId}`;
export const dagPath = (dagId: string): string => `/dags/${encodeURIComponent(dagId)}`;
export const dagRunPath = (dagId: string, runId: string): string => `${dagPath(dagId)}/runs/${encodeURIComponent(runId)}`;
