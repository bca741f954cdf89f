import { Checkbox, Field, Fieldset, HStack, NativeSelect, Stack, Table, Text, VisuallyHidden } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "src/api/client";
import { data } from "src/api/errors";
import type { ColumnOut, RunOut, RunTaskOut } from "src/api/schema";
import { localeOf } from "src/i18n";
import { ErrorNote } from "src/parts/ErrorNote";
import { Loading } from "src/parts/Loading";

import { Chart, type Along, type Series, type Shape } from "../chart/Chart";
import { jobKey, jobQuery } from "../data";
import { drawable, firstAlong, kindOf, numberOf, summaryOf, timeOf, type Rows } from "./columns";

const MOST_ROWS = 2_000;
const ROWS_AT_ONCE = 500;
const SHAPES: readonly Shape[] = ["line", "bars", "points"];

type Props = { run: RunOut; task: RunTaskOut; number: number };

/** A chart of a result's first rows. */
export function Drawing({ run, task, number }: Props) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: [...jobKey(run, task, "drawn"), number],
    queryFn: ({ signal }) => firstRows(run, task, number, signal),
    staleTime: Infinity,
    gcTime: 60_000,
  });
  if (found.error) return <ErrorNote error={found.error} retry={() => void found.refetch()} />;
  if (found.data === undefined) return <Loading />;
  if (drawable(found.data.columns, found.data.rows).length === 0) return <Text color="fg.muted">{t("run.chart.none")}</Text>;
  return <Drawn {...found.data} />;
}

type Found = { columns: ColumnOut[]; rows: Rows; more: boolean };

async function firstRows(run: RunOut, task: RunTaskOut, number: number, signal: AbortSignal): Promise<Found> {
  const rows: (string | null)[][] = [];
  for (;;) {
    const query = { ...jobQuery(run, task), offset: rows.length, limit: ROWS_AT_ONCE };
    const page = await data(api.GET("/jobs/results/{number}", { params: { path: { number }, query }, signal }));
    rows.push(...page.rows);
    if (!page.more || page.rows.length === 0 || rows.length >= MOST_ROWS) return { columns: page.columns, rows, more: page.more };
  }
}

function Drawn({ columns, rows, more }: Found) {
  const { t, i18n } = useTranslation();
  const numeric = useMemo(() => drawable(columns, rows), [columns, rows]);
  const [along, setAlong] = useState(() => firstAlong(columns, rows));
  const [chosen, setChosen] = useState<readonly number[]>(() => numeric.slice(0, 1));
  const [shape, setShape] = useState<Shape>(() => (along >= 0 && kindOf(rows, along) === "text" ? "bars" : "line"));
  const x = useMemo(() => alongOf(columns, rows, along, t("run.results.row")), [columns, rows, along, t]);
  const series = useMemo<Series[]>(
    () => chosen.map((index) => ({ name: columns[index]?.name ?? "", values: rows.map((row) => numberOf(row[index] ?? null)) })),
    [columns, rows, chosen],
  );
  const toggle = (index: number, on: boolean) => setChosen(numeric.filter((each) => (each === index ? on : chosen.includes(each))));
  return (
    <Stack gap={2} borderWidth="1px" borderRadius="md" p={2} data-testid="drawing">
      <HStack gap={4} flexWrap="wrap" align="flex-end">
        <Field.Root width="auto">
          <Field.Label fontSize="xs">{t("run.chart.along")}</Field.Label>
          <NativeSelect.Root size="xs" width="auto">
            <NativeSelect.Field value={along} onChange={(event) => setAlong(Number(event.currentTarget.value))}>
              <option value={-1}>{t("run.results.row")}</option>
              {columns.map(({ name }, index) => (
                <option key={index} value={index}>
                  {name}
                </option>
              ))}
            </NativeSelect.Field>
            <NativeSelect.Indicator />
          </NativeSelect.Root>
        </Field.Root>
        <Field.Root width="auto">
          <Field.Label fontSize="xs">{t("run.chart.shape")}</Field.Label>
          <NativeSelect.Root size="xs" width="auto">
            <NativeSelect.Field value={shape} onChange={(event) => setShape(event.currentTarget.value as Shape)}>
              {SHAPES.map((each) => (
                <option key={each} value={each}>
                  {t(`run.chart.${each}`)}
                </option>
              ))}
            </NativeSelect.Field>
            <NativeSelect.Indicator />
          </NativeSelect.Root>
        </Field.Root>
        <Fieldset.Root width="auto">
          <Fieldset.Legend fontSize="xs">{t("run.chart.columns")}</Fieldset.Legend>
          <HStack gap={3} flexWrap="wrap">
            {numeric.map((index) => (
              <Checkbox.Root
                key={index}
                size="sm"
                checked={chosen.includes(index)}
                onCheckedChange={({ checked }) => toggle(index, checked === true)}
              >
                <Checkbox.HiddenInput />
                <Checkbox.Control />
                <Checkbox.Label>{columns[index]?.name}</Checkbox.Label>
              </Checkbox.Root>
            ))}
          </HStack>
        </Fieldset.Root>
      </HStack>
      {series.length === 0 ? null : (
        <Chart label={t("run.chart.label", { columns: series.map(({ name }) => name).join(", "), along: x.name })} x={x} series={series} shape={shape} />
      )}
      {more ? (
        <Text fontSize="sm" color="fg.muted">
          {t("run.chart.first", { count: rows.length, rows: rows.length.toLocaleString(localeOf(i18n.language)) })}
        </Text>
      ) : null}
      <Summaries series={series} />
    </Stack>
  );
}

function alongOf(columns: readonly ColumnOut[], rows: Rows, index: number, row: string): Along {
  const counted = rows.map((_, place) => place + 1);
  const column = columns[index];
  if (column === undefined) return { name: row, values: counted, kind: "number" };
  const texts = rows.map((each) => each[index] ?? null);
  const kind = kindOf(rows, index);
  const values = kind === "number" ? texts.map(numberOf) : kind === "time" ? texts.map(timeOf) : [];
  // Where one has no value there is no place for it.
  if (kind === "text" || values.includes(null)) return { name: column.name, values: counted, kind: "text", texts: texts.map((each) => each ?? "NULL") };
  return { name: column.name, values: values as number[], kind, zone: "UTC" };
}

function Summaries({ series }: { series: readonly Series[] }) {
  const { t, i18n } = useTranslation();
  const number = (value: number): string => value.toLocaleString(localeOf(i18n.language), { maximumFractionDigits: 3 });
  return (
    <Table.ScrollArea position="relative">
      <Table.Root size="sm" width="auto">
        <Table.Caption captionSide="top" m={0} p={0}>
          <VisuallyHidden>{t("run.chart.summary")}</VisuallyHidden>
        </Table.Caption>
        <Table.Header>
          <Table.Row>
            {(["column", "count", "least", "greatest", "mean"] as const).map((name) => (
              <Table.ColumnHeader key={name}>{t(`run.chart.${name}`)}</Table.ColumnHeader>
            ))}
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {series.map(({ name, values }) => {
            const found = summaryOf(values);
            return (
              <Table.Row key={name}>
                <Table.Cell>{name}</Table.Cell>
                {found === undefined ? null : (
                  <>
                    <Table.Cell>{number(found.count)}</Table.Cell>
                    <Table.Cell>{number(found.least)}</Table.Cell>
                    <Table.Cell>{number(found.greatest)}</Table.Cell>
                    <Table.Cell>{number(found.mean)}</Table.Cell>
                  </>
                )}
              </Table.Row>
            );
          })}
        </Table.Body>
      </Table.Root>
    </Table.ScrollArea>
  );
}
