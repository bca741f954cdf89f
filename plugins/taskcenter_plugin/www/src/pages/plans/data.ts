import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api } from "src/api/client";
import { data, envelope } from "src/api/errors";
import type { PlanExtrasOut, PlanOut } from "src/api/schema";
import { GOES_ON } from "src/parts/status";

import { queryOf, type View } from "./view";

const SOON_MS = 3_000;
const LATER_MS = 10_000;

// No request is aborted when its component goes: Airflow's UI mounts an app twice, one after the other, when it is first opened, and
// the second takes what the first has asked for.
export const PLANS_KEY = "plans";

/** A page of plans, asked for again every few seconds while it can be seen, sooner where something runs. */
export function usePlans(view: View) {
  return useQuery({
    queryKey: [PLANS_KEY, "page", view],
    queryFn: () => envelope(api.GET("/api/schedules", { params: { query: queryOf(view) } })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.data.some(({ jobStatus }) => GOES_ON.has(jobStatus)) ? SOON_MS : LATER_MS),
  });
}

const NO_EXTRAS: ReadonlyMap<number, PlanExtrasOut> = new Map();

/** What the list shows beside the documented fields, by the plan's number; it comes a little later, and anew with each page. */
export function useExtras(plans: PlanOut[] | undefined, updatedAt: number): ReadonlyMap<number, PlanExtrasOut> {
  const ids = (plans ?? []).map(({ id }) => id).join(",");
  const extras = useQuery({
    queryKey: [PLANS_KEY, "extras", ids, updatedAt],
    queryFn: () => data(api.GET("/plans/extras", { params: { query: { ids } } })),
    select: (found) => new Map(found.map((each) => [each.id, each])),
    enabled: ids !== "",
    placeholderData: keepPreviousData,
    gcTime: 30_000,
  });
  return extras.data ?? NO_EXTRAS;
}

/** Who asks, and what there is for them. */
export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: () => data(api.GET("/me", {})), staleTime: 60_000 });
}

/** Those who created what plans run. */
export function useCreators() {
  return useQuery({
    queryKey: [PLANS_KEY, "creators"],
    queryFn: () => data(api.GET("/api/schedules/users", {})),
    staleTime: 60_000,
  });
}
