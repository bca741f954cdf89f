import { Button, Text } from "@chakra-ui/react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";

import type { PlanOut, RunOut } from "src/api/schema";
import { Confirm } from "src/parts/Confirm";
import { noteDone, noteError } from "src/parts/notes";
import { runPath } from "src/paths";

import { cancelRun, planOf, runPlan } from "./requests";
import { runKey } from "./data";
import { goesOn } from "./states";

/** What can be done with a run: stop it, run its plan again. */
export function Actions({ run }: { run: RunOut }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"cancel" | "run">();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const { id } = run.context;

  const close = () => {
    setAsked(undefined);
    setError(undefined);
  };
  const cancel = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const { cancelled } = await cancelRun(id);
      noteDone(t(cancelled ? "run.cancelled" : "run.hadEnded", { id }));
      close();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
      void client.invalidateQueries({ queryKey: runKey(id) });
    }
  };
  const again = async (plan: PlanOut) => {
    const found = await runPlan(plan);
    close();
    noteDone(t(found === undefined ? "run.startedLater" : "run.started", { id: found }));
    if (found !== undefined) void navigate(runPath(found));
  };
  const ask = async () => {
    setBusy(true);
    try {
      const plan = await planOf(run);
      if (plan.enabled) await again(plan);
      else setAsked("run"); // to run it switches it on
    } catch (failure) {
      noteError(t("run.notStarted"), failure);
    } finally {
      setBusy(false);
    }
  };
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await again(await planOf(run));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {run.may.cancel && goesOn(run) ? (
        <Button size="sm" variant="outline" colorPalette="red" disabled={busy} onClick={() => setAsked("cancel")}>
          {t("run.cancel")}
        </Button>
      ) : null}
      {run.may.run && !run.planDeleted ? (
        <Button size="sm" colorPalette="brand" loading={busy && asked === undefined} onClick={() => void ask()}>
          {t("run.again")}
        </Button>
      ) : null}
      {asked === undefined ? null : (
        <Confirm
          open
          title={t(asked === "cancel" ? "run.askCancel" : "run.askRun", { id })}
          confirmLabel={t(asked === "cancel" ? "run.cancel" : "run.again")}
          danger={asked === "cancel"}
          busy={busy}
          error={error}
          onConfirm={() => void (asked === "cancel" ? cancel() : confirm())}
          onClose={close}
        >
          <Text>{t(asked === "cancel" ? "run.explainCancel" : "run.explainRun")}</Text>
        </Confirm>
      )}
    </>
  );
}
