import { Button, Heading, List, Text } from "@chakra-ui/react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import type { PlanMayOut, PlanName, PlanOut } from "src/api/schema";
import { ErrorNote } from "src/parts/ErrorNote";
import { FireList } from "src/parts/triggers/FireList";
import { itemsOf } from "src/parts/triggers/items";
import { TriggerWords } from "src/parts/triggers/TriggerWords";
import { useFires } from "src/parts/triggers/useFires";

import { useRelations } from "./data";
import { PlanLink } from "./PlanLink";
import { Section } from "./Section";

const EditTriggers = lazy(() => import("./EditTriggers"));

/** When the plan runs, in words, and its next runs. */
export function Triggers({ plan, may }: { plan: PlanOut; may: PlanMayOut | undefined }) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState(false);
  const nodes = useRelations(plan).data?.nodes;
  const items = itemsOf(plan.planItems);
  const schedules = items.filter(({ triggerType }) => triggerType === "CRON_JOB");
  const { found, error, retry } = useFires(schedules);
  const named = (name: PlanName) => <PlanLink name={name} nodes={nodes} />;
  const edit = may?.edit ? (
    <Button size="sm" variant="outline" onClick={() => setEditing(true)}>
      {t("plan.editTriggers")}
    </Button>
  ) : undefined;
  return (
    <Section title={t("plan.triggers")} actions={edit}>
      {items.length === 0 ? <Text color="fg.muted">{t("triggers.none")}</Text> : null}
      <List.Root aria-label={t("plan.triggers")} data-testid="triggers" ps={4}>
        {items.map((item, index) => (
          <List.Item key={index}>
            <TriggerWords item={item} plan={named} />
          </List.Item>
        ))}
      </List.Root>
      {schedules.length === 0 ? null : (
        <>
          <Heading as="h3" size="sm" mt={3} mb={1}>
            {t("triggers.fires")}
          </Heading>
          {plan.enabled ? null : (
            <Text fontSize="sm" color="fg.warning">
              {t("plan.offNoFires")}
            </Text>
          )}
          {error ? <ErrorNote error={error} retry={retry} /> : null}
          {found === undefined ? null : <FireList fires={found.fires} label={t("triggers.fires")} />}
        </>
      )}
      {editing ? (
        <Suspense fallback={null}>
          <EditTriggers plan={plan} onClose={() => setEditing(false)} />
        </Suspense>
      ) : null}
    </Section>
  );
}
