import { Box, Heading, Stack, Text } from "@chakra-ui/react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router-dom";

import { ApiError } from "src/api/errors";
import type { RunOut } from "src/api/schema";
import { ErrorNote } from "src/parts/ErrorNote";
import { InLink } from "src/parts/InLink";
import { Loading } from "src/parts/Loading";
import { Page } from "src/parts/Page";
import { PLANS, planPath } from "src/paths";

import { Actions } from "./Actions";
import { useLiveJobs, useRun } from "./data";
import { Facts } from "./Facts";
import { chosenStep, isActive, planNameOf, stepKey } from "./states";
import { Step } from "./Step";
import { Steps } from "./Steps";

/** One run: at its own address, or with its number given on the tab of its DAG run. */
export default function Run({ contextId }: { contextId?: number }) {
  const { t } = useTranslation();
  const params = useParams();
  const id = contextId ?? Number(params.contextId);
  const run = useRun(id);
  const title = run.data === undefined ? t("run.title", { id: Number.isInteger(id) ? id : params.contextId }) : t("run.titleOf", { id, name: planNameOf(run.data) });
  return (
    <Page
      title={title}
      before={contextId === undefined ? <Way run={run.data} /> : undefined}
      actions={run.data === undefined ? undefined : <Actions run={run.data} />}
    >
      <Stack gap={4}>
        {Number.isInteger(id) ? null : <ErrorNote error={new ApiError(404, t("run.noNumber"))} />}
        {run.error ? <ErrorNote error={run.error} retry={() => void run.refetch()} /> : null}
        {run.isLoading ? <Loading /> : null}
        {run.data === undefined ? null : <Whole key={id} run={run.data} />}
      </Stack>
    </Page>
  );
}

/** Where the run belongs. */
function Way({ run }: { run: RunOut | undefined }) {
  const { t } = useTranslation();
  return (
    <>
      <InLink to={PLANS}>{t("run.toPlans")}</InLink>
      {run === undefined || run.planDeleted ? null : (
        <>
          {" / "}
          <InLink to={planPath(run.context.planId)} overflowWrap="anywhere">
            {planNameOf(run)}
          </InLink>
        </>
      )}
    </>
  );
}

function Whole({ run }: { run: RunOut }) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const jobs = useLiveJobs(run);
  const asked = search.get("step");
  // Unless one is asked for, the step that runs is looked at; it stays so after its end, until another one runs.
  const [followed, setFollowed] = useState<string>();
  const current = chosenStep(run.tasks, asked ?? followed ?? null);
  const key = current && stepKey(current);
  const running = current !== undefined && isActive(current.state);
  const next = asked !== null || running ? undefined : run.tasks.find(({ state }) => state === "running" || state === "deferred");
  const nextKey = next && stepKey(next);
  useEffect(() => setFollowed(nextKey ?? key), [nextKey, key]);
  const change = (name: string, value: string) => {
    const changed = new URLSearchParams(search);
    if (key !== undefined) changed.set("step", key);
    changed.set(name, value);
    setSearch(changed, { replace: true });
  };
  return (
    <>
      <Facts run={run} onChoose={(step) => change("step", step)} />
      <Box>
        <Heading as="h2" size="md" mb={2}>
          {t("run.steps")}
        </Heading>
        {run.tasks.length === 0 ? (
          <Text color="fg.muted">{t("run.noSteps")}</Text>
        ) : (
          <Steps run={run} jobs={jobs} chosen={key} onChoose={(step) => change("step", step)} />
        )}
      </Box>
      {current === undefined ? null : (
        <Step key={key} run={run} task={current} view={search.get("show")} onView={(view) => change("show", view)} />
      )}
    </>
  );
}
