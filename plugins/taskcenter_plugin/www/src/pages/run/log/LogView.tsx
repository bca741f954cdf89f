import { Alert, Box, Stack, Text } from "@chakra-ui/react";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode, type RefObject } from "react";
import { useTranslation } from "react-i18next";

import { localeOf } from "src/i18n";
import { ErrorNote } from "src/parts/ErrorNote";
import { Loading } from "src/parts/Loading";

import { hitsOf, linesOf, type LogId } from "./api";
import { LogLines, type LinesHandle } from "./LogLines";
import { LogReader } from "./logReader";
import { LogSearch, step } from "./logSearch";
import { LogTools } from "./LogTools";

const TYPING_MS = 300;
const seen = (): boolean => !document.hidden;

type Props = {
  log: LogId;
  fromEnd: boolean;
  label: string;
  choice: ReactNode;
  query: string;
  onQuery: (query: string) => void;
  /** Whether the field of the search has the focus. */
  typing: RefObject<boolean>;
};

/** One log: its lines, and what finds one's way in them. Rendered anew (by its key) for another one. */
export function LogView({ log, fromEnd, label, choice, query, onQuery, typing }: Props) {
  const { t, i18n } = useTranslation();
  const reader = useMemo(() => new LogReader(linesOf(log), seen), []);
  const search = useMemo(() => new LogSearch(hitsOf(log), seen), []);
  const view = useSyncExternalStore(reader.subscribe, reader.snapshot);
  const found = useSyncExternalStore(search.subscribe, search.snapshot);
  const lines = useRef<LinesHandle>(null);
  const [atEnd] = useState(fromEnd); // as it was when the log was opened
  const [follow, setFollow] = useState(fromEnd);
  const [current, setCurrent] = useState<number>();

  useEffect(() => {
    reader.start(atEnd);
    const seenAgain = () => (document.hidden ? undefined : reader.retry());
    document.addEventListener("visibilitychange", seenAgain);
    return () => {
      document.removeEventListener("visibilitychange", seenAgain);
      reader.stop();
    };
  }, [reader, atEnd]);
  useEffect(() => {
    setCurrent(undefined);
    const timer = setTimeout(() => search.start(query), query === "" ? 0 : TYPING_MS);
    return () => {
      clearTimeout(timer);
      search.stop();
    };
  }, [search, query]);

  const goTo = (line: number) => {
    setFollow(false);
    setCurrent(line);
    lines.current?.goTo(line);
  };
  const stepTo = (direction: 1 | -1) => {
    const from = current ?? (lines.current?.top() ?? 1) - direction;
    const line = step(found.hits, from, direction);
    if (line !== undefined) goTo(line);
  };
  const any = found.hits.length > 0 && view.begun; // before, there are no lines to go to
  useEffect(() => {
    if (any) stepTo(1);
  }, [any]);

  const total = view.total.toLocaleString(localeOf(i18n.language));
  return (
    <Stack gap={2}>
      <LogTools
        choice={choice}
        total={view.total}
        query={query}
        onQuery={onQuery}
        typing={typing}
        search={found}
        current={current}
        onStep={stepTo}
        onGoTo={goTo}
        follow={follow && !view.done}
        onFollow={setFollow}
        done={view.done}
      />
      {found.error === undefined ? null : <ErrorNote error={found.error} />}
      {view.error === undefined ? null : <ErrorNote error={view.error} retry={reader.retry} />}
      {view.notice === null ? null : (
        <Alert.Root status="warning" size="sm">
          <Alert.Indicator />
          <Alert.Title overflowWrap="anywhere">{view.notice}</Alert.Title>
        </Alert.Root>
      )}
      {!view.begun ? (
        <Loading />
      ) : view.total === 0 && (view.error !== undefined || (view.done && view.notice !== null)) ? null : (
        <Box>
          <LogLines
            reader={reader}
            view={view}
            handle={lines}
            follow={follow}
            onFollow={setFollow}
            query={query}
            current={current}
            label={label}
          />
          <Text fontSize="sm" color="fg.muted">
            <span data-testid="log-total">{t("run.log.total", { count: view.total, total })}</span>{" "}
            <span role="status">{view.done ? t("run.log.end") : t("run.log.more")}</span>
          </Text>
        </Box>
      )}
    </Stack>
  );
}
