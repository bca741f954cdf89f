import { Box, Button, Field, HStack, Link, NativeSelect, Stack, Text } from "@chakra-ui/react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, appUrl } from "src/api/client";
import { data } from "src/api/errors";
import type { RunOut, RunTaskOut } from "src/api/schema";
import { localeOf } from "src/i18n";
import { ErrorNote } from "src/parts/ErrorNote";
import { InLink } from "src/parts/InLink";
import { Loading } from "src/parts/Loading";

import { jobKey, jobQuery } from "../data";
import { taskPath } from "../paths";
import { stepName } from "../states";
import { ResultTable } from "./ResultTable";

const Drawing = lazy(() => import("./Drawing").then(({ Drawing: found }) => ({ default: found })));
const SIZES = [25, 100, 500];

type Props = { run: RunOut; task: RunTaskOut; ended: boolean };

/** What the job of a step has brought: tables, page by page. */
export function Results({ run, task, ended }: Props) {
  const { t } = useTranslation();
  const [number, setNumber] = useState(0);
  const list = useQuery({
    queryKey: jobKey(run, task, "results"),
    queryFn: ({ signal }) => data(api.GET("/jobs/results", { params: { query: jobQuery(run, task) }, signal })),
    enabled: task.hasJob && ended,
    staleTime: 30_000,
  });
  if (!task.hasJob) {
    return (
      <Text color="fg.muted">
        {t("run.results.noJob")} <InLink to={`${taskPath(run, task)}/xcom`}>{t("run.results.xcom")}</InLink>
      </Text>
    );
  }
  if (!ended) return <Text color="fg.muted">{t("run.results.notYet")}</Text>;
  if (list.error) return <ErrorNote error={list.error} retry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading />;
  if (list.data.length === 0) return <Text color="fg.muted">{t("run.results.none")}</Text>;
  const choose =
    list.data.length < 2 ? null : (
      <Field.Root width="auto">
        <Field.Label fontSize="xs">{t("run.results.which")}</Field.Label>
        <NativeSelect.Root size="xs" width="auto">
          <NativeSelect.Field value={number} onChange={(event) => setNumber(Number(event.currentTarget.value))}>
            {list.data.map((each) => (
              <option key={each.number} value={each.number}>
                {each.name}
              </option>
            ))}
          </NativeSelect.Field>
          <NativeSelect.Indicator />
        </NativeSelect.Root>
      </Field.Root>
    );
  return <Result key={number} run={run} task={task} number={number} choose={choose} />;
}

function Result({ run, task, number, choose }: Omit<Props, "ended"> & { number: number; choose: React.ReactNode }) {
  const { t, i18n } = useTranslation();
  const [{ offset, limit }, setPage] = useState({ offset: 0, limit: 100 });
  const [drawn, setDrawn] = useState(false);
  const page = useQuery({
    queryKey: [...jobKey(run, task, "result"), number, offset, limit],
    queryFn: ({ signal }) =>
      data(api.GET("/jobs/results/{number}", { params: { path: { number }, query: { ...jobQuery(run, task), offset, limit } }, signal })),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
  });
  if (page.error && page.data === undefined) return <ErrorNote error={page.error} retry={() => void page.refetch()} />;
  if (page.data === undefined) return <Loading />;
  const { columns, rows, more } = page.data;
  const shown = (value: number): string => value.toLocaleString(localeOf(i18n.language));
  const query = new URLSearchParams(Object.entries(jobQuery(run, task)).map(([name, value]) => [name, String(value)]));
  const address = appUrl(`/jobs/results/${number}/download?${query}`);
  const range =
    rows.length === 0
      ? t("run.results.noRows")
      : t("run.results.range", { from: shown(page.data.offset + 1), to: shown(page.data.offset + rows.length) });
  return (
    <Stack gap={2}>
      <HStack gap={3} flexWrap="wrap" align="flex-end">
        {choose}
        <Button size="xs" variant={drawn ? "solid" : "outline"} colorPalette="brand" aria-pressed={drawn} onClick={() => setDrawn(!drawn)}>
          {t("run.results.chart")}
        </Button>
        <Button asChild size="xs" variant="outline">
          <Link href={address} download data-testid="download">
            {t("run.results.download")}
          </Link>
        </Button>
      </HStack>
      {page.error ? <ErrorNote error={page.error} retry={() => void page.refetch()} /> : null}
      {drawn ? (
        <Suspense fallback={<Loading />}>
          <Drawing run={run} task={task} number={number} />
        </Suspense>
      ) : null}
      <Box opacity={page.isPlaceholderData ? 0.6 : 1} aria-busy={page.isPlaceholderData}>
        <ResultTable
          columns={columns}
          rows={rows}
          offset={page.data.offset}
          caption={t("run.results.caption", { step: stepName(task), number: number + 1 })}
        />
      </Box>
      <HStack as="nav" aria-label={t("run.results.pages")} gap={2} flexWrap="wrap">
        <Text role="status" fontSize="sm" color="fg.muted" data-testid="result-range">
          {range}
        </Text>
        <Button size="xs" variant="outline" disabled={offset === 0} onClick={() => setPage({ offset: 0, limit })}>
          {t("pager.first")}
        </Button>
        <Button
          size="xs"
          variant="outline"
          disabled={offset === 0}
          onClick={() => setPage({ offset: Math.max(0, offset - limit), limit })}
        >
          {t("pager.previous")}
        </Button>
        <Button size="xs" variant="outline" disabled={!more || page.isPlaceholderData} onClick={() => setPage({ offset: offset + limit, limit })}>
          {t("pager.next")}
        </Button>
        <NativeSelect.Root size="xs" width="auto">
          <NativeSelect.Field
            aria-label={t("pager.size")}
            value={limit}
            onChange={(event) => setPage({ offset: 0, limit: Number(event.currentTarget.value) })}
          >
            {SIZES.map((size) => (
              <option key={size} value={size}>
                {t("pager.perPage", { size })}
              </option>
            ))}
          </NativeSelect.Field>
          <NativeSelect.Indicator />
        </NativeSelect.Root>
      </HStack>
    </Stack>
  );
}
