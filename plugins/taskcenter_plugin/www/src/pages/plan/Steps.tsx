import { Badge, Box, Button, Code as Inline, Flex, Heading, Text } from "@chakra-ui/react";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import type { PlanMayOut, PlanOut, StepOut } from "src/api/schema";
import { Code } from "src/parts/code";
import { ErrorNote } from "src/parts/ErrorNote";
import { Loading } from "src/parts/Loading";
import { changePath } from "src/paths";

import { useDefinition, useSteps } from "./data";
import { Section } from "./Section";
import { isCut, isJobId, looksLikeCode, runTypeOf, textOf } from "./stepText";

/** With more steps than that, the code of one at a time is shown: each has an editor of its own. */
const MANY = 12;
const Graph = lazy(() => import("src/parts/graph/Graph"));

/** What the plan runs: its tasks, how they follow each other, and what each does. */
export function Steps({ plan, may }: { plan: PlanOut; may: PlanMayOut | undefined }) {
  const { t } = useTranslation();
  const { data: steps, error, refetch, isPending } = useSteps(plan);
  const definition = useDefinition(plan, steps?.some(isCut) ?? false);
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
  const change = may?.edit ? (
    <Button asChild size="sm" variant="outline">
      <Link to={changePath(plan.id)}>{t("plan.editSteps")}</Link>
    </Button>
  ) : undefined;
  return (
    <Section title={t("plan.steps")} actions={change}>
      {error ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {isPending ? <Loading /> : null}
      {nodes.length > 1 ? (
        <Suspense fallback={<Loading />}>
          <Graph label={t("plan.stepsGraph")} nodes={nodes} edges={edges} selected={chosen} onSelect={select} />
        </Suspense>
      ) : null}
      <Flex as="ol" listStyleType="none" direction="column" gap={3} mt={nodes.length > 1 ? 3 : 0} data-testid="steps">
        {(steps ?? []).map((step) => (
          <Step
            key={step.taskId}
            step={step}
            runType={runTypeOf(step, [plan.execDetail?.jobParams, definition])}
            text={textOf(step, [plan.execDetail?.jobParams, definition])}
            folded={nodes.length > MANY && step.taskId !== chosen}
            onUnfold={() => setChosen(step.taskId)}
          />
        ))}
      </Flex>
      <Parameters plan={plan} />
    </Section>
  );
}

type StepProps = { step: StepOut; runType: string; text: ReturnType<typeof textOf>; folded: boolean; onUnfold: () => void };

function Step({ step, runType, text, folded, onUnfold }: StepProps) {
  const { t } = useTranslation();
  return (
    <Box as="li" id={`step-${step.taskId}`} tabIndex={-1} minW={0}>
      <Flex gap={2} align="center" mb={1} flexWrap="wrap">
        <Heading as="h3" size="sm" overflowWrap="anywhere">
          {step.title}
        </Heading>
        {step.jobType === null ? null : <Badge>{step.jobType}</Badge>}
        {step.mapped ? <Badge variant="outline">{t("plan.mapped")}</Badge> : null}
      </Flex>
      {text === undefined ? null : looksLikeCode(step) && folded ? (
        <Button size="xs" variant="outline" onClick={onUnfold}>
          {t("plan.showCode", { step: step.title })}
        </Button>
      ) : looksLikeCode(step) ? (
        <Code label={t("plan.codeOf", { step: step.title })} value={text.shown} runType={runType} readOnly />
      ) : (
        <Text overflowWrap="anywhere">{isJobId(text.shown) ? t("parts.job", { id: text.shown }) : text.shown}</Text>
      )}
      {text?.cut && !folded ? (
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
