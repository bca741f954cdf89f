import { Box, List, Text } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { FireOut } from "src/api/schema";
import { When } from "src/parts/When";

type Props = { fires: readonly FireOut[]; label: string; busy?: boolean };

/** Moments to come, in the viewer's zone and in their own. */
export function FireList({ fires, label, busy = false }: Props) {
  const { t } = useTranslation();
  if (fires.length === 0) return <Text color="fg.muted">{t("triggers.noFires")}</Text>;
  return (
    <Box opacity={busy ? 0.6 : 1} aria-busy={busy}>
      <List.Root as="ol" aria-label={label} data-testid="fires" variant="plain" display="block" fontSize="sm" columnWidth="15rem" columnGap={4}>
        {fires.map(({ at, zone }, index) => (
          <List.Item key={at} display="block" breakInside="avoid" pb={1}>
            <When at={at} zone={zone} relative={index === 0} />
          </List.Item>
        ))}
      </List.Root>
    </Box>
  );
}
