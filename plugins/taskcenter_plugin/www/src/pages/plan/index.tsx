import { useTranslation } from "react-i18next";
import { useParams } from "react-router-dom";

import { Page } from "src/parts/Page";

/** One plan: at its own address, or with its number given on the tab of its DAG. */
export default function Plan({ planId }: { planId?: number }) {
  const { t } = useTranslation();
  const { id } = useParams();
  return <Page title={t("plan.title", { id: planId ?? Number(id) })}>{null}</Page>;
}
