import { Alert, Button, Flex, RadioGroup } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { GroupOut } from "src/api/schema";
import { InLink } from "src/parts/InLink";
import { itemsOf } from "src/parts/triggers/items";
import { planPath } from "src/paths";

import { isDefined, withDefinition, type Draft } from "./draft";
import { hasDefinition, keeps } from "./requests";
import { standOf } from "./stand";
import type { Known } from "./useStored";

type Props = { draft: Draft; change: (part: Partial<Draft>) => void; group: GroupOut; known: Known };

/** What there is already under the name, and what is to become of it. */
export function Already({ draft, change, group, known: { entity, plan } }: Props) {
  const { t } = useTranslation();
  const name = `${draft.group} ${draft.key.trim()}`;
  const takeOver = () => {
    if (plan === undefined) return;
    const params = plan.execDetail?.jobParams;
    const own = group.stored || hasDefinition(entity) || params === undefined ? {} : withDefinition(draft, params);
    const { title: _title, definition: _definition, entityAt: _at, ...ofPlan } = standOf({ plan, entity }, group);
    const begun = draft.begun === undefined ? undefined : { ...draft.begun, ...ofPlan };
    change({ ...own, begun, items: itemsOf(plan.planItems), enabled: plan.enabled, retries: plan.execDetail?.retryTimes ?? 0, title: entity?.title ?? draft.title });
  };
  return (
    <>
      {plan === undefined ? null : (
        <Alert.Root status="warning" size="sm" role="status">
          <Alert.Indicator />
          <Alert.Content minW={0}>
            <Alert.Description overflowWrap="anywhere">
              {t("create.planThere", { name })} <InLink to={planPath(plan.id)}>{t("create.openPlan")}</InLink>
            </Alert.Description>
          </Alert.Content>
          <Button size="xs" variant="outline" onClick={takeOver}>
            {t("create.takeOver")}
          </Button>
        </Alert.Root>
      )}
      {entity === undefined || !hasDefinition(entity) ? null : (
        <RadioGroup.Root
          size="sm"
          value={keeps(draft, entity) ? "keep" : "change"}
          onValueChange={({ value }) => {
            if (value === "keep") change({ keep: true });
            else if (isDefined(draft)) change({ keep: false });
            else change({ ...withDefinition(draft, entity.definition), keep: false, title: draft.title || (entity.title ?? "") });
          }}
        >
          <RadioGroup.Label>{t("create.stored", { name, title: entity.title ?? name })}</RadioGroup.Label>
          <Flex direction="column" gap={1}>
            {(["keep", "change"] as const).map((each) => (
              <RadioGroup.Item key={each} value={each}>
                <RadioGroup.ItemHiddenInput />
                <RadioGroup.ItemIndicator />
                <RadioGroup.ItemText>{t(`create.storedChoice.${each}`)}</RadioGroup.ItemText>
              </RadioGroup.Item>
            ))}
          </Flex>
        </RadioGroup.Root>
      )}
    </>
  );
}
