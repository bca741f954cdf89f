import { Box, Table, Text, VisuallyHidden } from "@chakra-ui/react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { ContextOut, PlanExtrasOut, PlanOut } from "src/api/schema";
import { ErrorNote } from "src/parts/ErrorNote";
import { InLink } from "src/parts/InLink";
import { Loading } from "src/parts/Loading";
import { Pager } from "src/parts/Pager";
import { isoOf } from "src/parts/serverTimes";
import { StatusBadge } from "src/parts/StatusBadge";
import { durationText } from "src/parts/times";
import { StartedBy } from "src/parts/triggers/StartedBy";
import { When } from "src/parts/When";
import { useMe } from "src/pages/plans/data";
import { runPath } from "src/paths";

import { useRuns } from "./data";
import { Section } from "./Section";

/** The plan's runs, the newest first. */
export function Runs({ plan, extras }: { plan: PlanOut; extras: PlanExtrasOut | undefined }) {
  const { t } = useTranslation();
  return (
    <Box mt={4}>
      <Section title={t("plan.runs")}>
        {extras === undefined ? null : extras.may.readRuns ? <RunTable plan={plan} newest={extras.runs[0]?.contextId} /> : <Text color="fg.muted">{t("plan.mayNotReadRuns")}</Text>}
      </Section>
    </Box>
  );
}

function RunTable({ plan, newest }: { plan: PlanOut; newest: number | undefined }) {
  const { t } = useTranslation();
  const [place, setPlace] = useState({ offset: 0, limit: 10 });
  const zone = useMe().data?.timeZone;
  const { data: runs, error, refetch, isPending, isPlaceholderData } = useRuns(plan, newest, place.offset, place.limit);
  return (
    <>
      {error ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {isPending ? <Loading /> : null}
      {runs === undefined || zone === undefined ? null : runs.totalHits === 0 ? (
        <Text color="fg.muted">{t("plan.noRuns")}</Text>
      ) : (
        <Box opacity={isPlaceholderData ? 0.6 : 1} aria-busy={isPlaceholderData}>
          <Table.ScrollArea tabIndex={0} role="region" aria-label={t("plan.runsCaption")}>
            <Table.Root size="sm" data-testid="runs">
              <Table.Caption captionSide="top" m={0} p={0}>
                <VisuallyHidden>{t("plan.runsCaption")}</VisuallyHidden>
              </Table.Caption>
              <Table.Header>
                <Table.Row bg="bg.subtle">
                  <Table.ColumnHeader>{t("plan.run")}</Table.ColumnHeader>
                  <Table.ColumnHeader>{t("plan.status")}</Table.ColumnHeader>
                  <Table.ColumnHeader>{t("plan.start")}</Table.ColumnHeader>
                  <Table.ColumnHeader>{t("plans.took")}</Table.ColumnHeader>
                  <Table.ColumnHeader>{t("plan.startedBy")}</Table.ColumnHeader>
                </Table.Row>
              </Table.Header>
              <Table.Body>
                {runs.data.map((run) => (
                  <Run key={run.id} run={run} zone={zone} />
                ))}
              </Table.Body>
            </Table.Root>
          </Table.ScrollArea>
          <Pager
            label={t("plan.runPages")}
            offset={place.offset}
            limit={place.limit}
            total={runs.totalHits}
            onChange={(offset, limit) => setPlace({ offset, limit })}
          />
        </Box>
      )}
    </>
  );
}

function Run({ run, zone }: { run: ContextOut; zone: string }) {
  return (
    <Table.Row data-run={run.id}>
      <Table.Cell>
        <InLink to={runPath(run.id)}>#{run.id}</InLink>
      </Table.Cell>
      <Table.Cell>
        <StatusBadge status={run.jobStatus} />
      </Table.Cell>
      <Table.Cell>
        <When at={isoOf(run.startAt, zone)} zone={run.planItem?.timeZone} />
      </Table.Cell>
      <Table.Cell fontVariantNumeric="tabular-nums">{run.costTime === null ? "–" : durationText(run.costTime)}</Table.Cell>
      <Table.Cell whiteSpace="normal" minW="8rem">
        <StartedBy item={run.planItem} />
      </Table.Cell>
    </Table.Row>
  );
}
