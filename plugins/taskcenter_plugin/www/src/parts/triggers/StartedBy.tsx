import { useTranslation } from "react-i18next";

import type { PlanItemIn } from "src/api/schema";

import { TriggerWords } from "./TriggerWords";

/** What has started a run: one of its plan's items, somebody, or Airflow. */
export function StartedBy({ item }: { item: PlanItemIn | null }) {
  const { t } = useTranslation();
  if (item === null) return <>{t("plan.byAirflow")}</>;
  return item.triggerType === "ONCE" ? <>{t("plan.byHand")}</> : <TriggerWords item={item} />;
}
