import { Alert, Button, CloseButton, Dialog, Flex, Portal } from "@chakra-ui/react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "src/api/client";
import { data } from "src/api/errors";
import type { PlanOut } from "src/api/schema";
import { Confirm } from "src/parts/Confirm";
import { ErrorNote } from "src/parts/ErrorNote";
import { noteDone } from "src/parts/notes";
import { useOneAtATime } from "src/parts/oneAtATime";
import { itemsOf, sameItems, TriggerEditor, withKnownIds, type TriggerItem } from "src/parts/triggers";
import { PLANS_KEY } from "src/pages/plans/data";
import { planName } from "src/pages/plans/names";

import { useLeaving } from "./useLeaving";

/** The plan's triggers in a dialog, which does not lose what was changed without asking. */
export default function EditTriggers({ plan, onClose }: { plan: PlanOut; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [before, setBefore] = useState(() => itemsOf(plan.planItems));
  const [items, setItems] = useState<TriggerItem[]>(before);
  const [valid, setValid] = useState<boolean | undefined>(true);
  const [closing, setClosing] = useState(false);
  const once = useOneAtATime();
  const save = useMutation({
    mutationFn: () =>
      data(api.PUT("/api/schedules/{scheduleId}", { params: { path: { scheduleId: plan.id } }, body: { planItems: withKnownIds(items, plan.planItems) } })),
    onSuccess: (saved) => {
      client.setQueryData([PLANS_KEY, "one", plan.id], saved);
      void client.invalidateQueries({ queryKey: [PLANS_KEY] });
      noteDone(t("plan.saved", { name: planName(plan) }));
      onClose();
    },
  });
  const dirty = !sameItems(items, before) && !save.isSuccess;
  const leaving = useLeaving(dirty);
  // Somebody else has changed the plan meanwhile: to save would undo that.
  const stale = !save.isSuccess && !save.isPending && !sameItems(before, plan.planItems);
  const close = () => (dirty ? setClosing(true) : onClose());
  const takeOver = () => {
    const theirs = itemsOf(plan.planItems);
    setBefore(theirs);
    setItems(theirs);
  };
  return (
    <Dialog.Root
      open
      size="lg"
      placement="top"
      scrollBehavior="inside"
      closeOnInteractOutside={false}
      onOpenChange={({ open }) => (open || save.isPending ? undefined : close())}
    >
      <Portal>
        <Dialog.Backdrop />
        <Dialog.Positioner p={2}>
          <Dialog.Content data-testid="edit-triggers">
            <Dialog.Header>
              <Dialog.Title overflowWrap="anywhere">{t("plan.triggersOf", { name: planName(plan) })}</Dialog.Title>
            </Dialog.Header>
            <Dialog.Body>
              <Flex direction="column" gap={3}>
                {stale ? (
                  <Alert.Root status="warning" role="alert">
                    <Alert.Indicator />
                    <Alert.Content>
                      <Alert.Description>{t("plan.changedMeanwhile")}</Alert.Description>
                    </Alert.Content>
                    <Button size="sm" variant="outline" onClick={takeOver}>
                      {t("plan.takeOver")}
                    </Button>
                  </Alert.Root>
                ) : null}
                <TriggerEditor value={items} onChange={setItems} self={plan} disabled={save.isPending} onValid={setValid} />
                {save.error ? <ErrorNote error={save.error} /> : null}
              </Flex>
            </Dialog.Body>
            <Dialog.Footer>
              <Button variant="outline" disabled={save.isPending} onClick={close}>
                {t("plan.discard")}
              </Button>
              <Button colorPalette="brand" loading={save.isPending} disabled={!dirty || valid !== true} onClick={(click) => once(click, () => save.mutateAsync())}>
                {t("plan.save")}
              </Button>
            </Dialog.Footer>
            <Dialog.CloseTrigger asChild>
              <CloseButton size="sm" aria-label={t("parts.close")} disabled={save.isPending} />
            </Dialog.CloseTrigger>
          </Dialog.Content>
        </Dialog.Positioner>
      </Portal>
      <Confirm
        open={closing || leaving.asked}
        title={t("plan.askDiscard")}
        confirmLabel={t("plan.discard")}
        onConfirm={leaving.asked ? leaving.leave : onClose}
        onClose={() => {
          setClosing(false);
          leaving.stay();
        }}
      >
        {t("plan.explainDiscard")}
      </Confirm>
    </Dialog.Root>
  );
}
