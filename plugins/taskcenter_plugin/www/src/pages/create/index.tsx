import { useTranslation } from "react-i18next";

import { Page } from "src/parts/Page";

export default function Create() {
  const { t } = useTranslation();
  return <Page title={t("create.title")}>{null}</Page>;
}
