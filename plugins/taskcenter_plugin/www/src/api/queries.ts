import { QueryClient } from "@tanstack/react-query";

import { ApiError } from "src/api/errors";

const worthAnother = (error: Error): boolean => error instanceof ApiError && (error.status === 0 || error.status >= 502);

/** One cache for all pages; what was shown stays while it is asked for anew. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 2 && worthAnother(error),
      staleTime: 1_000,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});
