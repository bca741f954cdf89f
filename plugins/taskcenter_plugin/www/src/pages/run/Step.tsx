import { Alert, Box, Button, Heading, HStack, Tabs, Text } from "@chakra-ui/react";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "src/api/client";
import { data } from "src/api/errors";
import type { RunOut, RunTaskOut } from "src/api/schema";
import { Confirm } from "src/parts/Confirm";
import { ErrorNote } from "src/parts/ErrorNote";
import { InLink } from "src/parts/InLink";
import { Loading } from "src/parts/Loading";
import { noteDone } from "src/parts/notes";

import { jobKey, jobQuery, runKey, useJobState } from "./data";
import { JobLine, Links } from "./JobLine";
import { useSamples } from "./metrics/useSamples";
import { taskPath } from "./paths";
import { Results } from "./results/Results";
import { isActive, isUnexplained, stepName } from "./states";

const LogPanel = lazy(() => import("./log/LogPanel").then(({ LogPanel: found }) => ({ default: found })));
const Metrics = lazy(() => import("./metrics/Metrics").then(({ Metrics: found }) => ({ default: found })));

type View = "log" | "results" | "metrics";
type Props = { run: RunOut; task: RunTaskOut; view: string | null; onView: (view: View) => void };

/** One step, more closely: its job, its log, its results, its figures. */
export function Step({ run, task, view, onView }: Props) {
  const { t } = useTranslation();
  const state = useJobState(run, task);
  const job = task.hasJob ? (state.data?.job ?? null) : null;
  // A system that is away tells of no end; a task that has ended waits for none.
  const ended = job?.ended === true || !isActive(task.state);
  const moves = task.system === "Exchangis";
  const samples = useSamples(run, task, moves && run.may.readResults, ended);
  const shown: View = view === "results" ? "results" : view === "metrics" && moves ? "metrics" : "log";
  return (
    <Box as="section" aria-labelledby="step-heading" data-testid="step">
      <HStack gap={3} flexWrap="wrap" mb={2}>
        <Heading as="h2" size="md" id="step-heading" overflowWrap="anywhere">
          {stepName(task)}
        </Heading>
        <InLink to={taskPath(run, task)} fontSize="sm">
          {t("run.taskInAirflow")}
        </InLink>
        {job !== null && !job.ended && state.data?.mayCancel ? <StopJob run={run} task={task} /> : null}
      </HStack>
      {state.error ? (
        <Box mb={2}>
          <ErrorNote error={state.error} retry={() => void state.refetch()} />
        </Box>
      ) : null}
      {job === null ? <Links task={task} /> : <JobLine job={job} task={task} />}
      {isUnexplained(task, job?.state, state.error !== null) && run.context.jobStatus !== "CANCELLED" ? (
        <Alert.Root status="info" size="sm" mb={2}>
          <Alert.Indicator />
          <Alert.Description>{t("run.unexplained", { of: t("run.log.source"), task: t("run.log.of_task") })}</Alert.Description>
        </Alert.Root>
      ) : null}
      <Tabs.Root
        value={shown}
        onValueChange={({ value }) => onView(value as View)}
        lazyMount
        unmountOnExit
        size="sm"
        colorPalette="brand"
        aria-label={stepName(task)}
      >
        <Tabs.List>
          <Tabs.Trigger value="log">{t("run.views.log")}</Tabs.Trigger>
          <Tabs.Trigger value="results">{t("run.views.results")}</Tabs.Trigger>
          {moves ? <Tabs.Trigger value="metrics">{t("run.views.metrics")}</Tabs.Trigger> : null}
        </Tabs.List>
        {/* Each is waited for by itself: one that hides another in the meantime leaves it on the page. */}
        <Tabs.Content value="log">
          <Suspense fallback={<Loading />}>
            {run.may.readLogs ? <LogPanel contextId={run.context.id} task={task} /> : <Refused>{t("run.mayNotReadLogs")}</Refused>}
          </Suspense>
        </Tabs.Content>
        <Tabs.Content value="results">
          {run.may.readResults ? <Results run={run} task={task} ended={ended} /> : <Refused>{t("run.mayNotReadResults")}</Refused>}
        </Tabs.Content>
        {moves ? (
          <Tabs.Content value="metrics">
            <Suspense fallback={<Loading />}>
              {run.may.readResults ? <Metrics samples={samples} ended={ended} /> : <Refused>{t("run.mayNotReadResults")}</Refused>}
            </Suspense>
          </Tabs.Content>
        ) : null}
      </Tabs.Root>
    </Box>
  );
}

const Refused = ({ children }: { children: string }) => <Text color="fg.muted">{children}</Text>;

/** Stops the job of one step alone. */
function StopJob({ run, task }: { run: RunOut; task: RunTaskOut }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const close = () => {
    setOpen(false);
    setError(undefined);
  };
  const stop = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const params = { query: jobQuery(run, task), header: { "x-requested-with": "task-center" } };
      const { job } = await data(api.POST("/jobs/cancel", { params }));
      noteDone(t(job.ended ? "run.stopped" : "run.stopAsked", { system: job.system, id: job.id }));
      close();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
      void client.invalidateQueries({ queryKey: runKey(run.context.id) });
      void client.invalidateQueries({ queryKey: jobKey(run, task, "state") });
    }
  };
  return (
    <>
      <Button size="xs" variant="outline" colorPalette="red" onClick={() => setOpen(true)}>
        {t("run.stopJob")}
      </Button>
      <Confirm
        open={open}
        title={t("run.askStop", { system: task.system, id: task.remoteId })}
        confirmLabel={t("run.stopJob")}
        busy={busy}
        error={error}
        onConfirm={() => void stop()}
        onClose={close}
      >
        <Text>{t("run.explainStop")}</Text>
      </Confirm>
    </>
  );
}
