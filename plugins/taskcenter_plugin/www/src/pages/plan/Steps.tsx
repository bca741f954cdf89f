import { Badge, Box, Code as Inline, Flex, Heading, Text } from "@chakra-ui/react";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import type { PlanOut, StepOut } from "src/api/schema";
import { Code } from "src/parts/code";
import { ErrorNote } from "src/parts/ErrorNote";
import { Loading } from "src/parts/Loading";

import { useSteps } from "./data";
import { Section } from "./Section";
import { looksLikeCode, runTypeOf, textOf } from "./stepText";

const Graph = lazy(() => import("src/parts/graph/Graph"));

/** What the plan runs: its tasks, how they follow each other, and what each does. */
export function Steps({ plan }: { plan: PlanOut }) {
  const { t } = useTranslation();
  const { data: steps, error, refetch, isPending } = useSteps(plan);
  const [chosen, setChosen] = useState<string>();
  const select = useCallback((id: string) => {
    setChosen(id);
    const step = document.getElementById(`step-${id}`);
    step?.scrollIntoView({ block: "nearest" });
    step?.focus({ preventScroll: true });
  }, []);
  const nodes = useMemo(
    () => (steps ?? []).map(({ taskId, title, jobType }) => ({ id: taskId, title, detail: jobType ?? undefined })),
    [steps],
  );
  const edges = useMemo(() => (steps ?? []).flatMap(({ taskId, downstream }) => downstream.map((to) => ({ from: taskId, to }))), [steps]);
  return (
    <Section title={t("plan.steps")}>
      {error ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {isPending ? <Loading /> : null}
      {nodes.length > 1 ? (
        <Suspense fallback={<Loading />}>
          <Graph label={t("plan.stepsGraph")} nodes={nodes} edges={edges} selected={chosen} onSelect={select} />
        </Suspense>
      ) : null}
      <Flex as="ol" listStyleType="none" direction="column" gap={3} mt={nodes.length > 1 ? 3 : 0} data-testid="steps">
        {(steps ?? []).map((step) => (
          <Step key={step.taskId} step={step} plan={plan} alone={nodes.length === 1} />
        ))}
      </Flex>
      <Parameters plan={plan} />
    </Section>
  );
}

function Step({ step, plan, alone }: { step: StepOut; plan: PlanOut; alone: boolean }) {
  const { t } = useTranslation();
  const text = textOf(step, plan, alone);
  return (
    <Box as="li" id={`step-${step.taskId}`} tabIndex={-1} minW={0}>
      <Flex gap={2} align="center" mb={1} flexWrap="wrap">
        <Heading as="h3" size="sm" overflowWrap="anywhere">
          {step.title}
        </Heading>
        {step.jobType === null ? null : <Badge>{step.jobType}</Badge>}
        {step.mapped ? <Badge variant="outline">{t("plan.mapped")}</Badge> : null}
      </Flex>
      {text === undefined ? null : looksLikeCode(step) ? (
        <Code label={t("plan.codeOf", { step: step.title })} value={text.shown} runType={runTypeOf(step, plan)} readOnly />
      ) : (
        <Text overflowWrap="anywhere">{text.shown}</Text>
      )}
      {text?.cut ? (
        <Text fontSize="xs" color="fg.muted">
          {t("plan.cut")}
        </Text>
      ) : null}
      {step.downstream.length === 0 ? null : (
        <Text fontSize="xs" color="fg.muted" overflowWrap="anywhere">
          {t("plan.then", { steps: step.downstream.join(", ") })}
        </Text>
      )}
    </Box>
  );
}

/** How the job is run, as the API has it. */
function Parameters({ plan: { execDetail } }: { plan: PlanOut }) {
  const { t } = useTranslation();
  if (execDetail === null) return null;
  return (
    <Box as="details" mt={3} fontSize="sm">
      <Box as="summary" cursor="pointer" color="fg.muted">
        {t("plan.parameters")}
      </Box>
      <Text mt={1}>{t("plan.retries", { count: execDetail.retryTimes })}</Text>
      <Inline as="pre" display="block" p={2} mt={1} maxH="20rem" overflow="auto" whiteSpace="pre-wrap" overflowWrap="anywhere" tabIndex={0}>
        {JSON.stringify(execDetail.jobParams, null, 2)}
      </Inline>
    </Box>
  );
}
