import type { RunOut, RunTaskOut } from "src/api/schema";
import { dagRunPath } from "src/paths";

/** Airflow's own page on a task of a run. */
export const taskPath = ({ dagId, dagRunId }: RunOut, { taskId, mapIndex }: RunTaskOut): string =>
  `${dagRunPath(dagId, dagRunId)}/tasks/${encodeURIComponent(taskId)}${mapIndex < 0 ? "" : `/mapped/${mapIndex}`}`;
