import createClient from "openapi-fetch";

import type { paths } from "src/api/schema";

/** Where Airflow is: its page says so in <base>, which also has the prefix of a reverse proxy. */
export const BASE = new URL(".", document.baseURI).pathname;

/** A path below the task center's own app, e.g. for a download link. */
export const appUrl = (path: string): string => `${BASE}task-center${path}`;

export const api = createClient<paths>({
  // All endpoints answer below the app's mount, the documented ones too.
  baseUrl: `${location.origin}${BASE}task-center`,
  credentials: "same-origin",
  headers: { "X-Requested-With": "task-center" },
});
