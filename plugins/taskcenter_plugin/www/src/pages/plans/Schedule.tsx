import { Box, Text } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { PlanOut } from "src/api/schema";
import { TriggerWords } from "src/parts/triggers/TriggerWords";

const MOST = 2;

/** What starts a plan, in words; of many triggers, the first. */
export function Schedule({ planItems }: PlanOut) {
  const { t } = useTranslation();
  const items = planItems.filter(({ triggerType }) => triggerType !== "ONCE");
  return (
    <Box fontSize="xs" minW="8rem" maxW="14rem" data-testid="schedule">
      {items.length === 0 ? <Text color="fg.muted">{t("plans.byHand")}</Text> : null}
      {items.slice(0, MOST).map((item, index) => (
        <Text key={index} lineClamp={3}>
          <TriggerWords item={item} />
        </Text>
      ))}
      {items.length > MOST ? <Text color="fg.muted">{t("plans.others", { count: items.length - MOST })}</Text> : null}
    </Box>
  );
}
