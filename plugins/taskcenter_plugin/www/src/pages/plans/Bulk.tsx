import { Button, CloseButton, Dialog, Flex, List, Portal, Text } from "@chakra-ui/react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { asApiError } from "src/api/errors";
import type { PlanOut } from "src/api/schema";
import { Confirm } from "src/parts/Confirm";
import { noteDone } from "src/parts/notes";

import { ACTIONS, isOffered, perform, wantsQuestion, type Action } from "./actions";
import type { Row } from "./columns";
import { PLANS_KEY } from "./data";
import { inTurn, type Failure } from "./inTurn";
import { planName } from "./names";

const MOST_NAMED = 10;

type Wanted = { action: Action; plans: PlanOut[] };
type Report = Wanted & { failures: Failure<PlanOut>[] };
type Props = { rows: readonly Row[]; onClear: () => void };

/**
 * What can be done with all plans that are selected; who may not do it with some of them is told so before. It stays while none is
 * selected any more, for plans that are deleted are not, and what failed is still to be told.
 */
export function Bulk({ rows, onClear }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [wanted, setWanted] = useState<Wanted>();
  const [finished, setFinished] = useState<number>();
  const [report, setReport] = useState<Report>();

  const work = async ({ action, plans }: Wanted) => {
    setFinished(0);
    const failures = await inTurn(plans, (plan) => perform(action, plan), { onStep: setFinished });
    setFinished(undefined);
    setWanted(undefined);
    await client.invalidateQueries({ queryKey: [PLANS_KEY] });
    if (failures.length > 0) setReport({ action, plans, failures });
    else {
      noteDone(t(`plans.bulkDone.${action}`, { count: plans.length }));
      onClear();
    }
  };

  return (
    <>
      {rows.length === 0 ? null : <Bar rows={rows} onWant={setWanted} onClear={onClear} />}
      {wanted === undefined ? null : (
        <Confirm
          open
          title={t(`plans.bulkAsk.${wanted.action}`, { count: wanted.plans.length })}
          confirmLabel={t(`plans.actions.${wanted.action}`)}
          danger={wanted.action === "delete" || wanted.action === "cancel"}
          busy={finished !== undefined}
          onConfirm={() => void work(wanted)}
          onClose={() => setWanted(undefined)}
        >
          <Hints wanted={wanted} selected={rows.length} />
          <Text role="status">{finished === undefined ? "" : t("plans.progress", { finished, all: wanted.plans.length })}</Text>
        </Confirm>
      )}
      {report === undefined ? null : <Failures report={report} onClose={() => setReport(undefined)} />}
    </>
  );
}

function Bar({ rows, onWant, onClear }: Props & { onWant: (wanted: Wanted) => void }) {
  const { t } = useTranslation();
  const plansFor = (action: Action) => rows.filter(({ plan, extras }) => isOffered(action, plan, extras?.may, extras?.runs)).map(({ plan }) => plan);
  return (
    <Flex role="group" aria-label={t("plans.bulk")} gap={2} align="center" flexWrap="wrap" mb={2} p={2} bg="bg.muted" borderRadius="md" position="sticky" top={0} zIndex="docked">
      <Text role="status" fontSize="sm">
        {t("plans.selected", { count: rows.length })}
      </Text>
      {ACTIONS.map((action) => ({ action, plans: plansFor(action) }))
        .filter(({ plans }) => plans.length > 0)
        .map(({ action, plans }) => (
          <Button
            key={action}
            size="xs"
            variant="outline"
            colorPalette={action === "delete" ? "red" : "brand"}
            onClick={() => onWant({ action, plans })}
          >
            {t(`plans.actions.${action}`)} ({plans.length})
          </Button>
        ))}
      <Button size="xs" variant="ghost" colorPalette="brand" onClick={onClear}>
        {t("plans.unselect")}
      </Button>
    </Flex>
  );
}

function Hints({ wanted: { action, plans }, selected }: { wanted: Wanted; selected: number }) {
  const { t } = useTranslation();
  const others = selected - plans.length;
  const switchedOn = action === "run" ? plans.filter((plan) => wantsQuestion(action, plan)).length : 0;
  return (
    <>
      <Text mb={2} fontWeight="medium">
        {plans.slice(0, MOST_NAMED).map(planName).join(", ")}
        {plans.length > MOST_NAMED ? ` … ${t("plans.others", { count: plans.length - MOST_NAMED })}` : ""}
      </Text>
      {action === "delete" || action === "cancel" ? <Text mb={2}>{t(`plans.explain.${action}`)}</Text> : null}
      {switchedOn > 0 ? <Text mb={2}>{t("plans.switchedOn", { count: switchedOn })}</Text> : null}
      {others > 0 ? <Text mb={2}>{t("plans.leftOut", { count: others })}</Text> : null}
    </>
  );
}

function Failures({ report: { action, plans, failures }, onClose }: { report: Report; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog.Root open size="md" placement="center" scrollBehavior="inside" onOpenChange={onClose}>
      <Portal>
        <Dialog.Backdrop />
        <Dialog.Positioner p={2}>
          <Dialog.Content>
            <Dialog.Header>
              <Dialog.Title>{t("plans.someFailed", { failed: failures.length, all: plans.length, action: t(`plans.actions.${action}`) })}</Dialog.Title>
            </Dialog.Header>
            <Dialog.Body>
              <List.Root ps={4}>
                {failures.map(({ item, error }) => (
                  <List.Item key={item.id} overflowWrap="anywhere">
                    <strong>{planName(item)}</strong>: {asApiError(error).message}
                  </List.Item>
                ))}
              </List.Root>
            </Dialog.Body>
            <Dialog.Footer>
              <Button colorPalette="brand" onClick={onClose}>
                {t("parts.close")}
              </Button>
            </Dialog.Footer>
            <Dialog.CloseTrigger asChild>
              <CloseButton size="sm" aria-label={t("parts.close")} />
            </Dialog.CloseTrigger>
          </Dialog.Content>
        </Dialog.Positioner>
      </Portal>
    </Dialog.Root>
  );
}
