import { Button, DataList, Progress, Text } from "@chakra-ui/react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { RunOut, RunTaskOut } from "src/api/schema";
import { InLink } from "src/parts/InLink";
import { StatusBadge } from "src/parts/StatusBadge";
import { durationText } from "src/parts/times";
import { StartedBy } from "src/parts/triggers/StartedBy";
import { When } from "src/parts/When";
import { dagRunPath, planPath } from "src/paths";

import { hasEnded, planNameOf, stepKey, stepName } from "./states";

const MOST_NAMED = 3;

/** What there is to say of a run as a whole. */
export function Facts({ run, onChoose }: { run: RunOut; onChoose: (step: string) => void }) {
  const { t } = useTranslation();
  const { context, tasks, startAt: start, stopAt: stop } = run;
  const zone = context.planItem?.timeZone;
  // What was not run since an earlier step has failed is not done.
  const finished = tasks.filter(({ state }) => hasEnded(state) && state !== "upstream_failed").length;
  const name = planNameOf(run);
  const failed = tasks.filter(({ state, stopped }) => state === "failed" && !stopped);
  const seconds = context.costTime ?? (start === null || stop !== null ? null : (Date.now() - Date.parse(start)) / 1000);
  return (
    <DataList.Root orientation="horizontal" size="sm" display="flex" flexDirection="row" flexWrap="wrap" columnGap={8} rowGap={2}>
      <Fact label={t("run.status")}>
        <span role="status">
          <StatusBadge status={context.jobStatus} />
        </span>
      </Fact>
      {failed.length === 0 ? null : (
        <Fact label={t("run.failedSteps")}>
          <Failed tasks={failed} onChoose={onChoose} />
        </Fact>
      )}
      <Fact label={t("run.plan")}>
        {run.planDeleted ? (
          <Text as="span">
            {name} <Text as="span" color="fg.muted">{t("run.planDeleted")}</Text>
          </Text>
        ) : (
          <InLink to={planPath(context.planId)}>{name}</InLink>
        )}
      </Fact>
      <Fact label={t("run.finished")}>
        <Text as="span" role="status" whiteSpace="nowrap">
          {t("run.finishedOf", { finished, all: tasks.length })}
        </Text>
        {tasks.length > 1 ? (
          <Progress.Root value={finished} max={tasks.length} size="sm" width="6rem" ms={2} translations={{ value: () => t("run.finished") }}>
            <Progress.Track>
              <Progress.Range />
            </Progress.Track>
          </Progress.Root>
        ) : null}
      </Fact>
      <Fact label={t("plan.startedBy")}>
        <span>
          <StartedBy item={context.planItem} />
        </span>
      </Fact>
      <Fact label={t("run.start")}>
        <When at={start} zone={zone} />
      </Fact>
      <Fact label={t("run.stop")}>
        <When at={stop} zone={zone} />
      </Fact>
      <Fact label={t("run.duration")}>{seconds === null ? "–" : durationText(seconds)}</Fact>
      <Fact label={t("run.dagRun")}>
        <InLink to={dagRunPath(run.dagId, run.dagRunId)} overflowWrap="anywhere">
          {run.dagRunId}
        </InLink>
      </Fact>
    </DataList.Root>
  );
}

/** The steps that have failed, to be looked at. */
function Failed({ tasks, onChoose }: { tasks: readonly RunTaskOut[]; onChoose: (step: string) => void }) {
  const { t } = useTranslation();
  return (
    <Text as="span" display="flex" flexWrap="wrap" gap={2} alignItems="center" data-testid="failed">
      {tasks.slice(0, MOST_NAMED).map((task) => (
        <Button key={stepKey(task)} size="2xs" variant="outline" colorPalette="red" maxW="20rem" onClick={() => onChoose(stepKey(task))}>
          <Text as="span" truncate>
            {stepName(task)}
          </Text>
        </Button>
      ))}
      {tasks.length > MOST_NAMED ? t("run.moreFailed", { count: tasks.length - MOST_NAMED }) : null}
    </Text>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <DataList.Item>
      <DataList.ItemLabel minW="0">{label}</DataList.ItemLabel>
      <DataList.ItemValue alignItems="center" minW="0">
        {children}
      </DataList.ItemValue>
    </DataList.Item>
  );
}
