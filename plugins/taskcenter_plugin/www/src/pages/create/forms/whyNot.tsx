import { Text } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { GatewayUseOut } from "src/api/schema";

/** Why there is no list of a system's jobs to pick from; nothing where there is one. */
export function WhyNoList({ system, use }: { system: string; use: GatewayUseOut }) {
  const { t } = useTranslation();
  if (use.on && use.read) return null;
  return (
    <Text color="fg.muted" fontSize="sm" width="100%">
      {t(use.on ? "create.mayNotRead" : "create.gatewayOff", { system, option: `gateway_${system.toLowerCase()}_conn_id` })}
    </Text>
  );
}
