import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api } from "src/api/client";
import { data } from "src/api/errors";
import type { FiresOut } from "src/api/schema";

import { itemOf } from "./items";
import type { TriggerItem } from "./types";
import { useSettled } from "./useSettled";

const TYPING_MS = 300;
const MINUTE_MS = 60_000;
const NOTHING: FiresOut = { items: [], fires: [] };

export type Fires = {
  found: FiresOut | undefined;
  error: Error | null;
  /** What was found is for items as they were before; the server is being asked about them as they are. */
  asking: boolean;
  retry: () => void;
};

/**
 * The server's verdict on each item, and the next fires of all together; asked for when the typing pauses, and each minute.
 *
 * @param pause how long items have to stay as they are before they are asked about, in milliseconds
 */
export function useFires(items: readonly TriggerItem[], count = 10, pause = 0): Fires {
  const text = JSON.stringify(items.map(itemOf));
  const settled = useSettled(text, pause);
  const answer = useQuery({
    queryKey: ["fires", count, settled],
    queryFn: ({ signal }) => data(api.POST("/plans/fires", { body: { planItems: JSON.parse(settled) as TriggerItem[], count }, signal })),
    enabled: settled !== "[]",
    placeholderData: keepPreviousData,
    refetchInterval: MINUTE_MS,
    gcTime: MINUTE_MS,
  });
  if (text === "[]") return { found: NOTHING, error: null, asking: false, retry: () => undefined };
  const asking = text !== settled || answer.isPlaceholderData || answer.isPending;
  return { found: answer.data, error: answer.error, asking, retry: () => void answer.refetch() };
}

/** The same for editors, where people type. */
export const useTypedFires = (items: readonly TriggerItem[], count?: number): Fires => useFires(items, count, TYPING_MS);
