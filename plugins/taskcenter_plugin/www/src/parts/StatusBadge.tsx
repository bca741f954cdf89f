import { Badge } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import { PALETTES, type ContextStatus } from "src/parts/status";

/** The state of a plan's run, in words and in Airflow's colour for it. */
export function StatusBadge({ status }: { status: ContextStatus }) {
  const { t } = useTranslation();
  return (
    <Badge colorPalette={PALETTES[status]} variant="surface" data-status={status}>
      {t(`status.${status}`)}
    </Badge>
  );
}
