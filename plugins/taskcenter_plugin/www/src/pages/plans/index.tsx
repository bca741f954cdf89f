import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api } from "src/api/client";
import { envelope } from "src/api/errors";
import { ErrorNote } from "src/parts/ErrorNote";
import { Loading } from "src/parts/Loading";
import { Page } from "src/parts/Page";
import { StatusBadge } from "src/parts/StatusBadge";

export default function Plans() {
  const { t } = useTranslation();
  const plans = useQuery({ queryKey: ["plans"], queryFn: () => envelope(api.GET("/api/schedules", {})) });
  return (
    <Page title={t("plans.title")}>
      {plans.error ? <ErrorNote error={plans.error} retry={() => void plans.refetch()} /> : null}
      {plans.isPending ? <Loading /> : null}
      <ul>
        {plans.data?.data.map((plan) => (
          <li key={plan.id}>
            {plan.entityKey} <StatusBadge status={plan.jobStatus} />
          </li>
        ))}
      </ul>
    </Page>
  );
}
