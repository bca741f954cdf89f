import { Box } from "@chakra-ui/react";
import { QueryClientProvider } from "@tanstack/react-query";
import { Component, Suspense, useEffect, type ErrorInfo, type ReactNode } from "react";
import { I18nextProvider, useTranslation } from "react-i18next";
import { useLocation } from "react-router-dom";

import { queryClient } from "src/api/queries";
import { followHostLanguage, i18n, localeOf } from "src/i18n";
import { ErrorNote } from "src/parts/ErrorNote";
import { Loading } from "src/parts/Loading";
import { Notes } from "src/parts/notes";

const LANGUAGE_MS = 1_000;

/** What surrounds each of our pages: language, cache, notes, and the last resort for an error in a page. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <I18nextProvider i18n={i18n}>
      <QueryClientProvider client={queryClient}>
        <Room>{children}</Room>
        <Notes />
      </QueryClientProvider>
    </I18nextProvider>
  );
}

function Room({ children }: { children: ReactNode }) {
  const { i18n: texts } = useTranslation();
  const { pathname } = useLocation();
  useEffect(followHostLanguage, [pathname]);
  useEffect(() => {
    // Airflow's UI tells nobody that its language was changed; it keeps it in localStorage.
    const timer = setInterval(followHostLanguage, LANGUAGE_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <Box lang={localeOf(texts.language)} position="relative" minH="100%" minW={0} w="100%" p={{ base: 2, md: 4 }} data-testid="task-center">
      <Guard key={pathname}>
        <Suspense fallback={<Loading />}>{children}</Suspense>
      </Guard>
    </Box>
  );
}

class Guard extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    console.error(error, info.componentStack);
  }

  override render() {
    return this.state.error === undefined ? this.props.children : <ErrorNote error={this.state.error} />;
  }
}
