import { Box, Stack, Stat, Table, Text, VisuallyHidden, Wrap } from "@chakra-ui/react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import type { PartOut } from "src/api/schema";
import { localeOf } from "src/i18n";
import { ErrorNote } from "src/parts/ErrorNote";
import { Loading } from "src/parts/Loading";

import type { Samples } from "./useSamples";

const Chart = lazy(() => import("../chart/Chart").then(({ Chart: found }) => ({ default: found })));

/** The figures of a transfer: how much it has moved, how fast over time, each of its parts. */
export function Metrics({ samples, ended }: { samples: Samples; ended: boolean }) {
  const { t, i18n } = useTranslation();
  const { all, last, error } = samples;
  const number = (value: number | null): string =>
    value === null ? "–" : value.toLocaleString(localeOf(i18n.language), { maximumFractionDigits: 1 });
  if (last === undefined) return error ? <ErrorNote error={error} /> : <Loading />;
  const { figures } = last;
  const shown: [string, number | null][] = [
    [t("run.metrics.records"), figures.records],
    [t("run.metrics.rate"), figures.recordsPerSecond ?? all.at(-1)?.rate ?? null],
    [t("run.metrics.errors"), figures.errorRecords],
    [t("run.metrics.ignored"), figures.ignoredRecords],
    [t("run.metrics.cpu"), figures.cpuCores],
    [t("run.metrics.memory"), figures.memoryMb],
  ];
  return (
    <Stack gap={3} data-testid="metrics">
      {error ? <ErrorNote error={error} /> : null}
      <Wrap gap={6}>
        {shown
          .filter(([, value]) => value !== null)
          .map(([label, value]) => (
            <Stat.Root key={label} flex="none">
              <Stat.Label>{label}</Stat.Label>
              <Stat.ValueText>{number(value)}</Stat.ValueText>
            </Stat.Root>
          ))}
      </Wrap>
      {all.length < 2 ? (
        <Text color="fg.muted">{ended ? t("run.metrics.hasEnded") : t("run.metrics.wait")}</Text>
      ) : (
        <Suspense fallback={<Loading />}>
          <Chart
            label={t("run.metrics.chart")}
            x={{ name: t("run.metrics.time"), values: all.map(({ at }) => at), kind: "time" }}
            series={[{ name: t("run.metrics.rate"), values: all.map(({ rate }) => rate) }]}
            shape="line"
          />
        </Suspense>
      )}
      <Parts parts={last.parts} number={number} />
    </Stack>
  );
}

function Parts({ parts, number }: { parts: readonly PartOut[]; number: (value: number | null) => string }) {
  const { t } = useTranslation();
  if (parts.length === 0) return null;
  return (
    <Box overflowX="auto" position="relative">
      <Table.Root size="sm" width="auto">
        <Table.Caption captionSide="top" m={0} p={0}>
          <VisuallyHidden>{t("run.metrics.parts")}</VisuallyHidden>
        </Table.Caption>
        <Table.Header>
          <Table.Row bg="bg.subtle">
            {(["part", "status", "records", "rate", "errors"] as const).map((name) => (
              <Table.ColumnHeader key={name}>{t(`run.metrics.${name}`)}</Table.ColumnHeader>
            ))}
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {parts.map(({ name, status, figures }, index) => (
            <Table.Row key={index}>
              <Table.Cell>{name}</Table.Cell>
              <Table.Cell>{status}</Table.Cell>
              <Table.Cell>{number(figures.records)}</Table.Cell>
              <Table.Cell>{number(figures.recordsPerSecond)}</Table.Cell>
              <Table.Cell>{number(figures.errorRecords)}</Table.Cell>
            </Table.Row>
          ))}
        </Table.Body>
      </Table.Root>
    </Box>
  );
}
