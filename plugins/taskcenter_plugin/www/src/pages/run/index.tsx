import { useTranslation } from "react-i18next";
import { useParams } from "react-router-dom";

import { Page } from "src/parts/Page";

/** One run: at its own address, or with its number given on the tab of its DAG run. */
export default function Run({ contextId }: { contextId?: number }) {
  const { t } = useTranslation();
  const params = useParams();
  return <Page title={t("run.title", { id: contextId ?? Number(params.contextId) })}>{null}</Page>;
}
