import { Alert, Badge, HStack, Link, Text } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { JobOut, RunTaskOut } from "src/api/schema";

import { JOB_PALETTES } from "./states";

/** The job of a step on its system: how it is, how far it has got, why it has failed. */
export function JobLine({ job, task }: { job: JobOut; task: RunTaskOut }) {
  const { t } = useTranslation();
  return (
    <>
      <HStack gap={2} flexWrap="wrap" fontSize="sm" mb={2} data-testid="job">
        <Text as="span">{t("run.jobOf", { system: job.system, id: job.id })}</Text>
        <span role="status">
          <Badge variant="surface" colorPalette={JOB_PALETTES[job.state]} data-state={job.state}>
            {t(`run.jobState.${job.state}`)}
          </Badge>
        </span>
        <Text as="span" color="fg.muted">
          {job.remoteState}
          {job.progress === null || job.ended ? "" : ` ${t("run.percent", { percent: Math.round(job.progress * 100) })}`}
        </Text>
        <Links task={task} />
      </HStack>
      {job.reason ? (
        <Alert.Root status={job.state === "failed" || job.state === "timed_out" ? "error" : "info"} size="sm" mb={2}>
          <Alert.Indicator />
          <Alert.Content minW={0}>
            <Alert.Title>{t("run.reason")}</Alert.Title>
            <Alert.Description overflowWrap="anywhere" whiteSpace="pre-wrap" maxH="12rem" overflowY="auto">
              {job.reason}
            </Alert.Description>
          </Alert.Content>
        </Alert.Root>
      ) : null}
    </>
  );
}

/** Where the systems' own pages show a step's job. */
export function Links({ task }: { task: RunTaskOut }) {
  const { t } = useTranslation();
  return (
    <HStack as="span" gap={2} flexWrap="wrap">
      {task.links.map(({ name, url }) => (
        <Link key={name} href={url} target="_blank" rel="noopener noreferrer" color="fg.info" title={t("run.opensElsewhere")}>
          {name} ↗
        </Link>
      ))}
    </HStack>
  );
}
