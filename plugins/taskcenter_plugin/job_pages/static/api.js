// Asks the api-server; every answer is {code, msg, data, version}.

const given = new URLSearchParams(location.search);
const key = new URLSearchParams();
for (const name of ["dag_id", "run_id", "task_id", "map_index", "try"]) {
  if (given.get(name)) key.set(name, given.get(name));
}

export class Failure extends Error {
  constructor(status, message) {
    super(message);
    this.status = status; // 0: no answer
  }
}

// The address of something about this task instance.
export function address(path, more = {}) {
  const query = new URLSearchParams(key);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return `jobs/${path}?${query}`;
}

// The page without the try: that of the last one.
export function latestAddress() {
  const query = new URLSearchParams(key);
  query.delete("try");
  return `jobs?${query}`;
}

// Airflow's own page on the task; its pages lie beside the mount of ours.
export function taskAddress() {
  const part = (name) => encodeURIComponent(key.get(name) ?? "");
  const mapped = Number(key.get("map_index") ?? -1) >= 0 ? `/mapped/${part("map_index")}` : "";
  return `../dags/${part("dag_id")}/runs/${part("run_id")}/tasks/${part("task_id")}${mapped}`;
}

export async function get(path, more = {}) {
  return data(await send(address(path, more), { headers: { Accept: "application/json" } }));
}

export async function post(path) {
  // The header is what a page of another site cannot send.
  return data(await send(address(path), { method: "POST", headers: { "X-Requested-With": "fetch" } }));
}

async function send(url, options) {
  try {
    return await fetch(url, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new Failure(0, "");
  }
}

async function data(response) {
  let answer = {};
  try {
    answer = await response.json();
  } catch {
    // A proxy's page.
  }
  if (!response.ok || answer.code !== 0) throw new Failure(response.status, answer.msg ?? `HTTP ${response.status}`);
  return answer.data;
}
