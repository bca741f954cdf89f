import { Badge, Button, HStack, Progress, Table, Text, VisuallyHidden } from "@chakra-ui/react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { JobStateOut, RunOut, RunTaskOut } from "src/api/schema";
import { durationText } from "src/parts/times";
import { When } from "src/parts/When";

import { hasEnded, isActive, shownState, stepKey, stepName, taskPalette, upstreamOf } from "./states";

type Props = { run: RunOut; jobs: ReadonlyMap<string, JobStateOut>; chosen: string | undefined; onChoose: (step: string) => void };

/** The steps of a run with their states; one of them is looked at more closely. */
export function Steps({ run, jobs, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const upstream = upstreamOf(run.tasks);
  const waits = upstream.size > 0;
  const area = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Only within its own area: the page stays where it is.
    const row = area.current?.querySelector<HTMLElement>("[data-chosen]");
    if (row && area.current) show(row, area.current);
  }, [chosen]);
  return (
    <Table.ScrollArea ref={area} position="relative" borderWidth="1px" borderRadius="md" tabIndex={0} role="region" aria-label={t("run.steps")} maxH="40vh">
      <Table.Root size="sm" stickyHeader data-testid="steps">
        <Table.Caption captionSide="top" m={0} p={0}>
          <VisuallyHidden>{t("run.stepsCaption")}</VisuallyHidden>
        </Table.Caption>
        <Table.Header>
          <Table.Row bg="bg.subtle">
            <Table.ColumnHeader>{t("run.step")}</Table.ColumnHeader>
            <Table.ColumnHeader>{t("run.state")}</Table.ColumnHeader>
            <Table.ColumnHeader>{t("run.progress")}</Table.ColumnHeader>
            {waits ? <Table.ColumnHeader>{t("run.after")}</Table.ColumnHeader> : null}
            <Table.ColumnHeader>{t("run.start")}</Table.ColumnHeader>
            <Table.ColumnHeader>{t("run.duration")}</Table.ColumnHeader>
            <Table.ColumnHeader>{t("run.job")}</Table.ColumnHeader>
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {run.tasks.map((task) => {
            const key = stepKey(task);
            return (
              <Table.Row key={key} data-step={key} {...(key === chosen ? { bg: "bg.muted", "data-chosen": true } : {})}>
                <Table.Cell py={1}>
                  <Button
                    size="xs"
                    variant="ghost"
                    colorPalette="brand"
                    px={1}
                    ms={-1}
                    aria-pressed={key === chosen}
                    fontWeight={key === chosen ? "bold" : "normal"}
                    onClick={() => onChoose(key)}
                  >
                    <Text as="span" truncate maxW="20rem" title={stepName(task)}>
                      {stepName(task)}
                    </Text>
                  </Button>
                </Table.Cell>
                <Table.Cell py={1} whiteSpace="nowrap">
                  <TaskState state={shownState(task)} />
                  {task.tries > 1 ? (
                    <Text as="span" fontSize="xs" color="fg.muted" ms={1}>
                      {t("run.try", { number: task.tries, most: task.maxTries })}
                    </Text>
                  ) : null}
                </Table.Cell>
                <Table.Cell py={1}>
                  <StepProgress task={task} progress={jobs.get(key)?.job?.progress ?? null} />
                </Table.Cell>
                {waits ? (
                  <Table.Cell py={1}>
                    <Text lineClamp={2} maxW="16rem" overflowWrap="anywhere">
                      {upstream.get(task.taskId)?.join(", ") ?? ""}
                    </Text>
                  </Table.Cell>
                ) : null}
                <Table.Cell py={1}>
                  <When at={task.startAt} />
                </Table.Cell>
                <Table.Cell py={1} fontVariantNumeric="tabular-nums">
                  {durationOf(task)}
                </Table.Cell>
                <Table.Cell py={1} whiteSpace="nowrap">
                  {task.hasJob ? `${task.system} ${task.remoteId}` : ""}
                </Table.Cell>
              </Table.Row>
            );
          })}
        </Table.Body>
      </Table.Root>
    </Table.ScrollArea>
  );
}

/** Scrolls a row into the middle of what its area shows, if it is not to be seen there. */
function show(row: HTMLElement, area: HTMLElement): void {
  const { top, bottom } = area.getBoundingClientRect();
  const place = row.getBoundingClientRect();
  const head = area.querySelector("thead")?.clientHeight ?? 0;
  if (place.top >= top + head && place.bottom <= bottom) return;
  area.scrollTop += place.top - (top + bottom) / 2;
}

/** A task's state in words and in Airflow's colour for it. */
export function TaskState({ state }: { state: string | null }) {
  const { t } = useTranslation();
  return (
    <Badge variant="surface" colorPalette={taskPalette(state)} data-state={state ?? "none"}>
      {t(`run.taskState.${state ?? "none"}`, { defaultValue: state ?? "" })}
    </Badge>
  );
}

function StepProgress({ task, progress }: { task: RunTaskOut; progress: number | null }) {
  const { t } = useTranslation();
  if (!isActive(task.state)) return hasEnded(task.state) ? null : <Text as="span" color="fg.muted">{t("run.notBegun")}</Text>;
  return (
    <HStack gap={2} minW="8rem">
      <Progress.Root
        flex="1"
        size="sm"
        value={progress === null ? null : Math.round(progress * 100)}
        colorPalette="running"
        translations={{ value: () => t("run.progressOf", { step: stepName(task) }) }}
      >
        <Progress.Track>
          <Progress.Range />
        </Progress.Track>
      </Progress.Root>
      {progress === null ? null : (
        <Text as="span" fontSize="xs" minW="4ch" textAlign="end">
          {t("run.percent", { percent: Math.round(progress * 100) })}
        </Text>
      )}
    </HStack>
  );
}

function durationOf({ startAt, stopAt, costTime, state }: RunTaskOut): string {
  if (costTime !== null && stopAt !== null) return durationText(costTime);
  return startAt !== null && isActive(state) ? durationText((Date.now() - Date.parse(startAt)) / 1000) : "";
}
