import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { api } from "src/api/client";
import { data } from "src/api/errors";
import type { JobMetricsOut, RunOut, RunTaskOut } from "src/api/schema";

import { jobKey, jobQuery } from "../data";
import { withSample, type Sample } from "./samples";

const EVERY_MS = 2_000;

export type Samples = { all: readonly Sample[]; last: JobMetricsOut | undefined; error: Error | null };

/** The figures of a transfer, sampled while the page is open; they stay for when one comes back to the step. */
export function useSamples(run: RunOut, task: RunTaskOut, wanted: boolean, ended: boolean): Samples {
  const client = useQueryClient();
  const key = jobKey(run, task, "samples");
  const found = useQuery({
    queryKey: [...jobKey(run, task, "metrics"), ended], // once more when it has ended
    queryFn: ({ signal }) => data(api.GET("/jobs/metrics", { params: { query: jobQuery(run, task) }, signal })),
    enabled: wanted && task.hasJob,
    refetchInterval: ended ? false : EVERY_MS,
  });
  const all = useQuery<readonly Sample[]>({ queryKey: key, queryFn: () => [], enabled: false, initialData: [], gcTime: Infinity, staleTime: Infinity });
  const last = found.data;
  useEffect(() => {
    if (last !== undefined) client.setQueryData<readonly Sample[]>(key, (before) => withSample(before ?? [], last));
  }, [last]);
  return { all: all.data, last, error: found.error };
}
