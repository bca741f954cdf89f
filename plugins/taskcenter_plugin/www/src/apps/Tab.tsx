import { Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { byDag } from "src/api/byDag";
import type { PlanOfDagOut } from "src/api/schema";
import { ErrorNote } from "src/parts/ErrorNote";
import { InLink } from "src/parts/InLink";
import { Loading } from "src/parts/Loading";
import { PLANS } from "src/paths";

type Props = { dagId: string; runId?: string; lead: "plan" | "run"; children: (found: PlanOfDagOut) => ReactNode };

/** A tab on a page of Airflow's: finds out which plan or run the page is about; most DAGs are no plans. */
export function Tab({ dagId, runId, lead, children }: Props) {
  const { t } = useTranslation();
  const found = useQuery({ queryKey: ["by-dag", dagId, runId], queryFn: () => byDag(dagId, runId), staleTime: 60_000 });
  if (found.error) return <ErrorNote error={found.error} retry={() => void found.refetch()} />;
  if (found.data === undefined) return <Loading />;
  const shown = children(found.data);
  if (shown !== null) return shown;
  return (
    <Text>
      {t(`tab.no_${lead}`)} <InLink to={PLANS}>{t("tab.toPlans")}</InLink>
    </Text>
  );
}
