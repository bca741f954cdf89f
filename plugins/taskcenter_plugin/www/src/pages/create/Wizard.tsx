import { Alert, Box, Button, Flex, Heading } from "@chakra-ui/react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router-dom";

import { api } from "src/api/client";
import { ApiError, data } from "src/api/errors";
import type { MeOut } from "src/api/schema";
import { planPath } from "src/paths";

import { ChangedMeanwhile } from "./ChangedMeanwhile";
import type { Draft } from "./draft";
import { placeOf, STEPS, type Step } from "./places";
import { Problem, type ProblemOf } from "./Problem";
import { previewBody } from "./requests";
import { SaveStep } from "./SaveStep";
import { standOf, withKnownItems, type StoredPlan } from "./stand";
import { StepNav } from "./StepNav";
import { NOTHING, useDraft, type Start } from "./useDraft";
import { useMeanwhile } from "./useMeanwhile";
import { useKnown } from "./useStored";
import { WhatStep } from "./WhatStep";
import { WhenStep } from "./WhenStep";

/** What tells of an error of what was typed, or of the request. */
const PROBLEMS = `[role="alert"]:not([data-testid="changed-meanwhile"]), [aria-invalid="true"]`;

/** A key that cannot be part of an address, and so of no definition's: it is the way up there. */
const DOTS = /^\.{1,2}$/;

/**
 * The steps. All stay on the page, the others hidden, so that nothing that was typed is lost on the way.
 *
 * @param start what is begun with; another one takes the place of the draft
 * @param onAnew wants to begin with a plan as it is now
 */
export function Wizard({ me, start = NOTHING, onAnew }: { me: MeOut; start?: Start; onAnew?: (now: StoredPlan) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const { draft, change: changeDraft, forget, isOld, isTouched, round } = useDraft(start);
  const [asked, go] = useStep();
  const [problem, setProblem] = useState<ProblemOf>();
  const heading = useRef<HTMLHeadingElement>(null);
  const group = me.groups.find((each) => each.group === draft.group);
  const known = useKnown(group === undefined ? "" : draft.group, draft.key);
  const named = group !== undefined && draft.key.trim() !== "";
  const step: Step = named ? asked : "what";
  const meanwhile = useMeanwhile(draft, group, start.now, step === "save");
  const { now } = meanwhile;
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

  useEffect(() => {
    if (named && draft.begun === undefined && !known.looking) changeDraft({ begun: standOf(known, group) });
  }, [named, draft.begun, known, changeDraft, group]);

  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problem !== undefined) root.current?.querySelector(PROBLEMS)?.scrollIntoView({ block: "center" });
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
    mutationFn: async (part: "what" | "all") => {
      const plan = part === "all" ? (await meanwhile.look()).plan : undefined;
      const body = previewBody(withKnownItems(draft, plan), group!, known.entity, part);
      return data(api.POST("/plans/preview", { body }));
    },
  });
  const next = async () => {
    if (!named) {
      setProblem({ error: new ApiError(400, t("create.needKey")), place: { step, field: "key" } });
      return;
    }
    if (group.stored && DOTS.test(draft.key.trim())) {
      setProblem({ error: new ApiError(400, t("create.dotsOnly")), place: { step, field: "key" } });
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
  /** Leads to what somebody else has stored: in place of a draft that was begun with a plan, else beside it. */
  const showTheirs = () => {
    if (onAnew === undefined && now?.plan !== undefined) {
      void navigate(planPath(now.plan.id));
      return;
    }
    go("what");
    setProblem(undefined);
    if (onAnew !== undefined && now?.plan !== undefined) {
      forget();
      onAnew({ ...now, plan: now.plan });
    } else if (now !== undefined) {
      const { [draft.group]: _, ...definitions } = draft.definitions;
      changeDraft({ definitions, title: "", keep: undefined, begun: standOf(now, group) });
      void cache.invalidateQueries({ queryKey: ["create"] });
    }
  };
  const hasTheirs = now?.plan !== undefined || (onAnew === undefined && now?.entity !== undefined);
  const told = { me, isSafe: onAnew === undefined ? now?.plan !== undefined : !isTouched, onTheirs: hasTheirs ? showTheirs : undefined };
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
              go("what");
            }}
          >
            {t("create.anew")}
          </Button>
        </Alert.Root>
      ) : null}
      {meanwhile.change === undefined || step === "save" ? null : <ChangedMeanwhile {...told} change={meanwhile.change} />}
      <Heading as="h2" size="lg" ref={heading} tabIndex={-1} outline="none">
        {t(`create.step.${step}`)}
      </Heading>
      <Box hidden={step !== "what"} key={round}>
        <WhatStep isChange={start.planId !== undefined} me={me} group={group} draft={draft} change={change} known={known} problem={here} />
      </Box>
      {named ? (
        <Box hidden={step !== "when"}>
          <WhenStep draft={draft} change={change} problem={here} />
        </Box>
      ) : null}
      {group !== undefined && step === "save" ? (
        <SaveStep
          isChange={start.planId !== undefined}
          draft={draft}
          change={change}
          group={group}
          known={known}
          meanwhile={meanwhile}
          told={told}
          onError={(error) => tell(error, "save")}
          onSaved={forget}
        />
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
