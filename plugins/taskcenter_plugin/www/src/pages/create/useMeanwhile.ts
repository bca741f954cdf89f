import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import type { GroupOut } from "src/api/schema";

import type { Draft } from "./draft";
import { changeSince, type StoredNow } from "./stand";
import { storedNow } from "./useStored";

const FRESH_MS = 5_000;

/**
 * What somebody else has stored since a draft was begun.
 *
 * @param first what was there a moment ago, if that is known
 * @param wanted whether to look by itself; what was seen last stays known
 */
export function useMeanwhile(draft: Draft, group: GroupOut | undefined, first: StoredNow | undefined, wanted: boolean) {
  const key = draft.key.trim();
  const { data: now, isFetching, refetch } = useQuery({
    queryKey: ["create", "now", draft.group, key],
    queryFn: ({ signal }) => storedNow(draft.group, key, signal),
    ...(first === undefined ? {} : { initialData: first }),
    enabled: wanted && group !== undefined && key !== "",
    staleTime: FRESH_MS,
    gcTime: 0,
  });
  const change = useMemo(() => (group === undefined || now === undefined ? undefined : changeSince(draft, group, now)), [draft, group, now]);
  return {
    /** What there is now; undefined: nobody has looked yet. */
    now,
    change,
    /** It is being looked for the first time. */
    looking: now === undefined && isFetching,
    /**
     * Looks again.
     *
     * @throws ApiError
     */
    look: async (): Promise<StoredNow> => (await refetch({ throwOnError: true })).data!,
  };
}

export type Meanwhile = ReturnType<typeof useMeanwhile>;
