export type Trouble = "unreachable" | "upgraded" | "login" | "forbidden" | "missing" | "refused" | "failed";

/** Not of HTTP: a part of the page is not there any more. */
const UPGRADED = -1;
const NO_CHUNK = /dynamically imported module|Importing a module script|Unable to preload/;

/** What the server has answered instead of data, or that it has not answered at all (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** The envelope's, which tells refusals of one status apart. */
    readonly code?: number,
  ) {
    super(message);
    this.name = "ApiError";
  }

  get trouble(): Trouble {
    if (this.status === 0) return "unreachable";
    if (this.status === UPGRADED) return "upgraded";
    if (this.status === 401) return "login";
    if (this.status === 403) return "forbidden";
    if (this.status === 404) return "missing";
    return this.status < 500 ? "refused" : "failed";
  }
}

type Reply<Data> = { data?: Data; error?: unknown; response: Response };

/** The whole answer of a request, envelope included. */
export async function envelope<Data>(request: Promise<Reply<Data>>): Promise<Data> {
  let reply: Reply<Data>;
  try {
    reply = await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    // A body that is no JSON: something between the browser and Airflow has answered.
    throw new ApiError(error instanceof SyntaxError ? 502 : 0, error instanceof Error ? error.message : String(error));
  }
  if (reply.data === undefined || !reply.response.ok) {
    const { status, statusText } = reply.response;
    throw new ApiError(status, messageOf(reply.error) ?? (statusText || `HTTP ${status}`), codeOf(reply.error));
  }
  return reply.data;
}

/** The `data` of an answer. */
export async function data<Data>(request: Promise<Reply<{ data: Data }>>): Promise<Data> {
  return (await envelope(request)).data;
}

function messageOf(error: unknown): string | undefined {
  if (typeof error === "string") return error.length > 0 && error.length < 500 ? error : undefined;
  if (typeof error !== "object" || error === null) return undefined;
  const { msg, detail } = error as { msg?: unknown; detail?: unknown };
  if (typeof msg === "string") return msg;
  return typeof detail === "string" ? detail : undefined;
}

function codeOf(error: unknown): number | undefined {
  const code = typeof error === "object" && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === "number" ? code : undefined;
}

/** Any error as one that can be shown. Where a part of the page cannot be fetched, the server has a newer page, or is away. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(NO_CHUNK.test(message) ? UPGRADED : 500, message);
}
