import { Flex, Tag, Text } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { PlanName } from "src/api/schema";

import { samePlan } from "./items";
import { PlanSearch } from "./PlanSearch";
import type { TriggerItem } from "./types";

type Props = { item: TriggerItem; onChange: (item: TriggerItem) => void; self: PlanName | undefined; disabled: boolean };

/** A DEPENDENCY item: the plans any one of which starts this one when it ends. */
export function DependencyForm({ item, onChange, self, disabled }: Props) {
  const { t } = useTranslation();
  const chosen = item.triggerByJobs ?? [];
  const set = (triggerByJobs: PlanName[]) => onChange({ ...item, triggerByJobs });
  return (
    <Flex direction="column" gap={2}>
      <Flex as="ul" listStyleType="none" aria-label={t("triggers.chosen")} gap={2} flexWrap="wrap">
        {chosen.map((plan) => {
          const name = `${plan.entityGroup} ${plan.entityKey}`;
          return (
            <Tag.Root key={name} as="li" size="lg" colorPalette="brand" maxW="100%">
              <Tag.Label>{name}</Tag.Label>
              <Tag.EndElement>
                <Tag.CloseTrigger
                  aria-label={t("triggers.unpick", { name })}
                  disabled={disabled}
                  onClick={() => set(chosen.filter((each) => !samePlan(each, plan)))}
                />
              </Tag.EndElement>
            </Tag.Root>
          );
        })}
      </Flex>
      {chosen.length === 0 ? (
        <Text fontSize="sm" color="fg.error" role="status">
          {t("triggers.gaps.plans")}
        </Text>
      ) : null}
      <PlanSearch
        without={self === undefined ? chosen : [...chosen, self]}
        chosen={chosen.length > 0}
        disabled={disabled}
        onPick={(plan) => set([...chosen, { entityGroup: plan.entityGroup, entityKey: plan.entityKey }])}
      />
      <Text fontSize="sm" color="fg.muted">
        {t("triggers.dependencyHelp")}
      </Text>
    </Flex>
  );
}
