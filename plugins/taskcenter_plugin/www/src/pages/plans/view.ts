// Which part of the plans is shown, as the address keeps it.
import type { paths } from "src/api/schema";
import { STATUSES, type ContextStatus } from "src/parts/status";

export const SORTS = ["id", "name", "updatedAt", "nextStartAt", "startAt", "costTime"] as const;
export type SortKey = (typeof SORTS)[number];

export type View = {
  q: string;
  group: string;
  creator: string;
  status: ContextStatus | "";
  enabled: "" | "true" | "false";
  sort: SortKey;
  descending: boolean;
  offset: number;
  limit: number;
};

export const DEFAULT_VIEW: View = {
  q: "",
  group: "",
  creator: "",
  status: "",
  enabled: "",
  sort: "id",
  descending: false,
  offset: 0,
  limit: 25,
};
const MAX_LIMIT = 100; // what the extras are told for at once

/** What an address asks for; what makes no sense in it is as if it were not there. */
export function viewOf(search: URLSearchParams): View {
  const text = (name: string): string => search.get(name) ?? "";
  const number = (name: string, fallback: number): number => (/^\d{1,9}$/.test(text(name)) ? Number(text(name)) : fallback);
  const sort = text("sort").replace(/^-/, "");
  const limit = number("limit", DEFAULT_VIEW.limit);
  return {
    q: text("q"),
    group: text("group"),
    creator: /^\d+$/.test(text("creator")) ? text("creator") : "",
    status: STATUSES.find((each) => each === text("status")) ?? "",
    enabled: text("enabled") === "true" ? "true" : text("enabled") === "false" ? "false" : "",
    sort: SORTS.find((each) => each === sort) ?? DEFAULT_VIEW.sort,
    descending: text("sort").startsWith("-"),
    offset: number("offset", 0),
    limit: limit >= 1 && limit <= MAX_LIMIT ? limit : DEFAULT_VIEW.limit,
  };
}

const sortText = ({ sort, descending }: View): string => `${descending ? "-" : ""}${sort}`;

/** The address of a view; what is as it is by default is left out. */
export function searchOf(view: View): URLSearchParams {
  const { q, group, creator, status, enabled, offset, limit } = view;
  const wanted = { q, group, creator, status, enabled, sort: sortText(view), offset: String(offset), limit: String(limit) };
  const usual: Record<string, string> = { sort: "id", offset: "0", limit: String(DEFAULT_VIEW.limit) };
  return new URLSearchParams(Object.entries(wanted).filter(([name, value]) => value !== (usual[name] ?? "")));
}

export const isFiltered = ({ q, group, creator, status, enabled }: View): boolean =>
  [q, group, creator, status, enabled].some((each) => each !== "");

type Query = NonNullable<paths["/api/schedules"]["get"]["parameters"]["query"]>;

/** The server's parameters for it. */
export function queryOf(view: View): Query {
  const { q, group, creator, status, enabled, offset, limit } = view;
  const narrowed = { q, entityGroup: group, entityCreatedByList: creator, jobStatusList: status, enabled, sort: sortText(view) };
  return { offset, limit, ...Object.fromEntries(Object.entries(narrowed).filter(([, value]) => value !== "")) };
}

/** What a click on a column's heading changes: the order is by it, or the other way round. */
export const sortedBy = (view: Pick<View, "sort" | "descending">, key: SortKey): Pick<View, "sort" | "descending" | "offset"> => ({
  sort: key,
  descending: view.sort === key ? !view.descending : key !== "id" && key !== "name" && key !== "nextStartAt",
  offset: 0,
});
