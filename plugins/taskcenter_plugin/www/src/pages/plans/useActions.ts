import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";

import type { PlanOut } from "src/api/schema";
import { noteDone, noteError } from "src/parts/notes";

import { perform, wantsQuestion, type Action } from "./actions";
import { PLANS_KEY } from "./data";
import { planName } from "./names";

export type Asked = { action: Action; plan: PlanOut };

/** Actions on single plans: which one is asked about, which plans are being worked on, and what to call. */
export function useActions() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asked, setAsked] = useState<Asked>();
  const [busy, setBusy] = useState<ReadonlySet<number>>(new Set());

  const work = useCallback(
    async ({ action, plan }: Asked) => {
      const name = planName(plan);
      setBusy((before) => new Set([...before, plan.id]));
      try {
        await perform(action, plan);
        noteDone(t(`plans.done.${action}`, { name }));
      } catch (error) {
        noteError(t(`plans.failed.${action}`, { name }), error);
      }
      await client.invalidateQueries({ queryKey: [PLANS_KEY] });
      setBusy((before) => new Set([...before].filter((id) => id !== plan.id)));
    },
    [client, t],
  );
  const act = useCallback(
    (action: Action, plan: PlanOut) => (wantsQuestion(action, plan) ? setAsked({ action, plan }) : void work({ action, plan })),
    [work],
  );
  const confirm = () => {
    if (asked !== undefined) void work(asked);
    setAsked(undefined);
  };
  return { act, asked, busy, confirm, dismiss: () => setAsked(undefined) };
}
