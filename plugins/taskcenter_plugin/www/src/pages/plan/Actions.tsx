import { Button } from "@chakra-ui/react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";

import type { PlanExtrasOut, PlanOut } from "src/api/schema";
import { Confirm } from "src/parts/Confirm";
import { noteDone, noteError } from "src/parts/notes";
import { useOneAtATime } from "src/parts/oneAtATime";
import { isOffered, perform, wantsQuestion, type Action } from "src/pages/plans/actions";
import { PLANS_KEY } from "src/pages/plans/data";
import { planName } from "src/pages/plans/names";
import { PLANS } from "src/paths";

const OFFERED = ["run", "cancel", "delete"] as const;
type Offered = (typeof OFFERED)[number];

/** Does something with a plan, says so, and has it looked at anew. */
export function useAction(plan: PlanOut) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const name = planName(plan);
  return useMutation({
    mutationFn: (action: Action) => perform(action, plan),
    onSuccess: async (_, action) => {
      noteDone(t(`plans.done.${action}`, { name }));
      if (action === "delete") {
        await navigate(PLANS);
        client.removeQueries({ queryKey: [PLANS_KEY, "one", plan.id] });
      }
      await client.invalidateQueries({ queryKey: [PLANS_KEY] });
    },
    onError: (error, action) => noteError(t(`plans.failed.${action}`, { name }), error),
  });
}

/** What can be done with the plan; what the user may not is not there. */
export function Actions({ plan, extras }: { plan: PlanOut; extras: PlanExtrasOut | undefined }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Offered>();
  const { mutate, mutateAsync, isPending, variables } = useAction(plan);
  const once = useOneAtATime();
  const start = (click: MouseEvent, action: Offered) =>
    wantsQuestion(action, plan) ? setAsked(action) : once(click, () => mutateAsync(action));
  return (
    <>
      {OFFERED.filter((action) => isOffered(action, plan, extras?.may, extras?.runs)).map((action) => (
        <Button
          key={action}
          size="sm"
          variant={action === "run" ? "solid" : "outline"}
          colorPalette={action === "run" ? "brand" : action === "delete" ? "red" : "gray"}
          loading={isPending && variables === action}
          disabled={isPending}
          onClick={(click) => start(click, action)}
        >
          {t(`plans.actions.${action}`)}
        </Button>
      ))}
      {asked === undefined ? null : (
        <Confirm
          open
          title={t(`plans.ask.${asked}`, { name: planName(plan) })}
          confirmLabel={t(`plans.actions.${asked}`)}
          danger={asked !== "run"}
          onConfirm={() => {
            mutate(asked);
            setAsked(undefined);
          }}
          onClose={() => setAsked(undefined)}
        >
          {t(`plans.explain.${asked}`)}
        </Confirm>
      )}
    </>
  );
}
