import { Box, Table, Text, VisuallyHidden } from "@chakra-ui/react";
import { Global } from "@emotion/react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import styles from "uplot/dist/uPlot.min.css?inline";

import { localeOf } from "src/i18n";

import { leastGap, pointsOf, textAlong, type Along, type Series, type Shape } from "./points";

export type { Along, Series, Shape };

const HEIGHT_PX = 260;
const GROUP = 0.7; // of the room between two values is taken by their bars
const MOST_LISTED = 200;
/** Seen on light and on dark. */
const COLOURS = ["#3182ce", "#dd6b20", "#38a169", "#d53f8c", "#805ad5", "#b7791f", "#319795", "#e53e3e"];

type Props = { label: string; x: Along; series: readonly Series[]; shape: Shape };

/** A chart, and its values as a table for who does not see it. */
export function Chart({ label, x, series, shape }: Props) {
  const { t, i18n } = useTranslation();
  const locale = localeOf(i18n.language);
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const plot = useRef<uPlot>(undefined);
  const drawing = [x.name, x.kind, x.zone, shape, ...series.map(({ name }) => name)].join("\n");
  const latest = useRef({ x, series });
  latest.current = { x, series };

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { color, borderTopColor } = getComputedStyle(element);
    const made = new uPlot(
      optionsOf(() => latest.current.x, series, shape, locale, { width: element.clientWidth, color, grid: borderTopColor }),
      pointsOf(x, series) as uPlot.AlignedData,
      element,
    );
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [drawing, locale, theme]);
  useEffect(() => plot.current?.setData(pointsOf(x, series) as uPlot.AlignedData), [x, series]);

  return (
    <Box data-testid="chart">
      <Global styles={styles} />
      <Box
        ref={box}
        role="img"
        aria-label={label}
        color="fg.muted"
        borderTopWidth="0"
        borderColor="border"
        minW={0}
        overflow="hidden"
        css={{ "& .u-legend": { fontSize: "12px", textAlign: "start" } }}
      />
      <VisuallyHidden>
        <Values label={label} x={x} series={series} locale={locale} />
        {x.values.length > MOST_LISTED ? <Text>{t("run.chart.listed", { count: MOST_LISTED })}</Text> : null}
      </VisuallyHidden>
    </Box>
  );
}

function Values({ label, x, series, locale }: Omit<Props, "shape"> & { locale: string }) {
  const [along, ...columns] = pointsOf(x, series).map((column) => column.slice(-MOST_LISTED));
  return (
    <Table.Root>
      <Table.Caption>{label}</Table.Caption>
      <Table.Header>
        <Table.Row>
          <Table.ColumnHeader>{x.name}</Table.ColumnHeader>
          {series.map(({ name }) => (
            <Table.ColumnHeader key={name}>{name}</Table.ColumnHeader>
          ))}
        </Table.Row>
      </Table.Header>
      <Table.Body>
        {along?.map((value, index) => (
          <Table.Row key={index}>
            <Table.Cell>{textAlong(x, value ?? 0, locale)}</Table.Cell>
            {columns.map((column, each) => (
              <Table.Cell key={each}>{column[index]?.toLocaleString(locale) ?? "NULL"}</Table.Cell>
            ))}
          </Table.Row>
        ))}
      </Table.Body>
    </Table.Root>
  );
}

type Look = { width: number; color: string; grid: string };

function optionsOf(along: () => Along, series: readonly Series[], shape: Shape, locale: string, look: Look): uPlot.Options {
  const text = (value: number | null, span?: number): string => (value === null ? "" : textAlong(along(), value, locale, span));
  const axis = { stroke: look.color, grid: { stroke: look.grid, width: 1 }, ticks: { stroke: look.grid, width: 1 } };
  const drawn = (place: number): Partial<uPlot.Series> => {
    if (shape === "points") return { paths: () => null, points: { show: true } };
    if (shape === "line") return { points: { show: series.length * along().values.length < 100 } };
    return { paths: uPlot.paths.bars?.(beside(place, series.length)) ?? (() => null), points: { show: false } };
  };
  return {
    width: look.width,
    height: HEIGHT_PX,
    padding: [null, 28, null, null],
    scales: { x: { time: false, ...(shape === "bars" || along().kind === "text" ? { range: wider } : {}) }, y: { range: fromZero } },
    axes: [
      {
        ...axis,
        space: 80,
        ...(along().kind === "text" ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] } : {}),
        values: (_, splits) => splits.map((value) => short(text(value, (splits.at(-1) ?? 0) - (splits[0] ?? 0)))),
      },
      { ...axis, size: 70, values: (_, splits) => splits.map((value) => value.toLocaleString(locale, { notation: "compact", maximumSignificantDigits: 4 })) },
    ],
    series: [
      { label: along().name, value: (_, value: number | null) => text(value) },
      ...series.map(({ name }, index) => {
        const colour = COLOURS[index % COLOURS.length]!;
        return {
          label: name,
          stroke: colour,
          width: 2,
          pxAlign: 0,
          ...(shape === "bars" ? { fill: `${colour}80` } : {}),
          value: (_: uPlot, value: number | null) => value?.toLocaleString(locale) ?? "–",
          ...drawn(index),
        };
      }),
    ],
  };
}

/** The bars of several series side by side. */
function beside(place: number, count: number): uPlot.Series.BarsPathBuilderOpts {
  const widthOf = (values: ArrayLike<number>): number => (GROUP * leastGap(values)) / count;
  return {
    disp: {
      x0: { unit: 1, values: (plot) => Array.from(plot.data[0], (value) => value + (place - count / 2) * widthOf(plot.data[0])) },
      size: { unit: 1, values: (plot) => [widthOf(plot.data[0])] },
    },
  };
}

/** Room for half a bar more on both sides. */
function wider(plot: uPlot, least: number | null, greatest: number | null): uPlot.Range.MinMax {
  const room = 0.6 * leastGap(plot.data[0]);
  return [(least ?? 0) - room, (greatest ?? 1) + room];
}

/** What is above zero is drawn from zero on. */
function fromZero(_: uPlot, least: number | null, greatest: number | null): uPlot.Range.MinMax {
  if (least === null || greatest === null) return [0, 1];
  const [low, high] = uPlot.rangeNum(Math.min(0, least), Math.max(0, greatest), 0.1, true);
  return [least >= 0 ? 0 : (low ?? least), high ?? greatest];
}

const short = (text: string): string => (text.length > 14 ? `${text.slice(0, 13)}…` : text);

/** Changes when Airflow's UI turns light or dark. */
function useTheme(): string {
  const [theme, setTheme] = useState(() => document.documentElement.className);
  useEffect(() => {
    const watcher = new MutationObserver(() => setTheme(document.documentElement.className));
    watcher.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
    return () => watcher.disconnect();
  }, []);
  return theme;
}
