import { Alert, Box, Button, Flex, Heading } from "@chakra-ui/react";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";

import { api } from "src/api/client";
import { ApiError, data } from "src/api/errors";
import type { MeOut } from "src/api/schema";

import type { Draft } from "./draft";
import { placeOf, STEPS, type Step } from "./places";
import { Problem, type ProblemOf } from "./Problem";
import { previewBody } from "./requests";
import { SaveStep } from "./SaveStep";
import { StepNav } from "./StepNav";
import { NOTHING, useDraft, type Start } from "./useDraft";
import { useKnown } from "./useStored";
import { WhatStep } from "./WhatStep";
import { WhenStep } from "./WhenStep";

/**
 * The steps. All stay on the page, the others hidden, so that nothing that was typed is lost on the way.
 *
 * @param start must stay the same from render to render
 */
export function Wizard({ me, start = NOTHING }: { me: MeOut; start?: Start }) {
  const { t } = useTranslation();
  const { draft, change: changeDraft, forget, isOld } = useDraft(start);
  const [editing, setEditing] = useState(0);
  const [asked, go] = useStep();
  const [problem, setProblem] = useState<ProblemOf>();
  const heading = useRef<HTMLHeadingElement>(null);
  const group = me.groups.find((each) => each.group === draft.group);
  const known = useKnown(group === undefined ? "" : draft.group, draft.key);
  const named = group !== undefined && draft.key.trim() !== "";
  const step: Step = named ? asked : "what";
  const change = (part: Partial<Draft>) => {
    if (!named) go("what"); // the address may name a step that cannot be shown yet: it is not to come in the middle of a word
    changeDraft(part);
    setProblem(undefined); // it was about what has been changed since
  };
  const shown = useRef(step);
  useEffect(() => {
    if (shown.current !== step) heading.current?.focus();
    shown.current = step;
  }, [step]);

  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problem !== undefined) root.current?.querySelector('[role="alert"], [aria-invalid="true"]')?.scrollIntoView({ block: "center" });
  }, [problem]);

  /** Leads to what an error is about, and shows it there. */
  const tell = (error: unknown, from: Step) => {
    const place = placeOf(error);
    // What is about a step that is still to come, or about nothing on the page, is shown where one is.
    const isBefore = STEPS.indexOf(place.step) <= STEPS.indexOf(from);
    setProblem({ error, place: isBefore ? place : { step: from } });
    if (isBefore) go(place.step);
  };
  const check = useMutation({
    mutationFn: (part: "what" | "all") => data(api.POST("/plans/preview", { body: previewBody(draft, group!, known.entity, part) })),
  });
  const next = async () => {
    if (!named) {
      setProblem({ error: new ApiError(400, t("create.needKey")), place: { step, field: "key" } });
      return;
    }
    try {
      await check.mutateAsync(step === "what" ? "what" : "all");
      setProblem(undefined);
      go(step === "what" ? "when" : "save");
    } catch (error) {
      tell(error, step);
    }
  };
  const here = problem?.place.step === step ? problem : undefined;
  const back = STEPS[STEPS.indexOf(step) - 1];
  return (
    <Flex ref={root} direction="column" gap={4} maxW="60rem">
      <StepNav step={step} reachable={named} onGo={go} />
      {isOld ? (
        <Alert.Root status="info" size="sm">
          <Alert.Indicator />
          <Alert.Description flex="1">{t("create.old")}</Alert.Description>
          <Button
            size="xs"
            variant="outline"
            onClick={() => {
              forget();
              setProblem(undefined);
              setEditing(editing + 1);
              go("what");
            }}
          >
            {t("create.anew")}
          </Button>
        </Alert.Root>
      ) : null}
      <Heading as="h2" size="lg" ref={heading} tabIndex={-1} outline="none">
        {t(`create.step.${step}`)}
      </Heading>
      <Box hidden={step !== "what"} key={editing}>
        <WhatStep isChange={start.planId !== undefined} me={me} group={group} draft={draft} change={change} known={known} problem={here} />
      </Box>
      {named ? (
        <Box hidden={step !== "when"}>
          <WhenStep draft={draft} change={change} problem={here} />
        </Box>
      ) : null}
      {group !== undefined && step === "save" ? (
        <SaveStep isChange={start.planId !== undefined} draft={draft} change={change} group={group} known={known} onError={(error) => tell(error, "save")} onSaved={forget} problem={here} />
      ) : null}
      {here === undefined || here.place.field !== undefined ? null : <Problem problem={here} />}
      <Flex gap={2} justify="space-between">
        {back === undefined ? (
          <span />
        ) : (
          <Button size="sm" variant="outline" onClick={() => go(back)}>
            {t("create.back")}
          </Button>
        )}
        {step === "save" ? null : (
          <Button size="sm" colorPalette="brand" disabled={group === undefined} loading={check.isPending || (named && known.looking)} onClick={() => void next()}>
            {t("create.next", { step: t(`create.step.${step === "what" ? "when" : "save"}`) })}
          </Button>
        )}
      </Flex>
    </Flex>
  );
}

/** The step that the address names, so that the browser's way back leads to the one before. */
function useStep(): [Step, (step: Step) => void] {
  const [search, setSearch] = useSearchParams();
  const named = STEPS.find((each) => each === search.get("step")) ?? "what";
  const go = (step: Step) => {
    if (step !== named) setSearch(step === "what" ? {} : { step });
  };
  return [named, go];
}
