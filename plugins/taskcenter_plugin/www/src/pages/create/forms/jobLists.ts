import { BASE, api } from "src/api/client";
import { ApiError, data } from "src/api/errors";

export type FoundJob = { id: number; name: string; detail: string };

const PAGE = 50;
const CONNECTION_HEADER = "X-Airflow-Connection";

const through = (connection: string | undefined): Record<string, string> => (connection === undefined ? {} : { [CONNECTION_HEADER]: connection });

/** Projects of Exchangis whose name has this in it. `connection`: another one than the gateway's own. */
export const exchangisProjects = (q: string, connection: string | undefined, signal: AbortSignal): Promise<FoundJob[]> =>
  data(api.GET("/exchangis/projects", { params: { query: { q } }, headers: through(connection), signal }));

/** Jobs of a project, likewise. */
export const exchangisJobs = (projectId: number, q: string, connection: string | undefined, signal: AbortSignal): Promise<FoundJob[]> =>
  data(api.GET("/exchangis/jobs", { params: { query: { projectId, q } }, headers: through(connection), signal }));

type HlinkJob = { id: number; jobName?: string | null; jobCode?: string | null; jobTypeName?: string | null; jobStatusName?: string | null };

/** Jobs of Hlink whose name has this in it, through the gateway. `connection`: another one than the gateway's own. */
export async function hlinkJobs(q: string, connection: string | undefined, signal: AbortSignal): Promise<FoundJob[]> {
  const query = new URLSearchParams({ curPage: "1", pageSize: String(PAGE), ...(q === "" ? {} : { jobName: q }) });
  let reply: Response;
  try {
    reply = await fetch(`${BASE}hlink/jobs/list?${query}`, {
      credentials: "same-origin",
      headers: { "X-Requested-With": "task-center", ...through(connection) },
      signal,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, error instanceof Error ? error.message : String(error));
  }
  const told = (await reply.json().catch(() => undefined)) as { success?: boolean; msg?: string; data?: { records?: HlinkJob[] } } | undefined;
  if (!reply.ok || told?.success === false || told === undefined) {
    throw new ApiError(reply.ok ? 502 : reply.status, told?.msg || reply.statusText || `HTTP ${reply.status}`);
  }
  return (told.data?.records ?? []).map(({ id, jobName, jobCode, jobTypeName, jobStatusName }) => ({
    id: Number(id),
    name: jobName || jobCode || String(id),
    detail: [jobTypeName, jobStatusName, jobCode].filter(Boolean).join(" · "),
  }));
}
