import { Box, SimpleGrid } from "@chakra-ui/react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router-dom";

import { ApiError, asApiError } from "src/api/errors";
import { ErrorNote } from "src/parts/ErrorNote";
import { InLink } from "src/parts/InLink";
import { Loading } from "src/parts/Loading";
import { Page } from "src/parts/Page";
import { planName } from "src/pages/plans/names";
import { PLANS } from "src/paths";

import { Actions } from "./Actions";
import { useExtras, usePlan } from "./data";
import { Facts } from "./Facts";
import { Relations } from "./Relations";
import { Runs } from "./Runs";
import { Steps } from "./Steps";
import { Triggers } from "./Triggers";

/** One plan: at its own address, or with its number given on the tab of its DAG. */
export default function Plan({ planId }: { planId?: number }) {
  const { t } = useTranslation();
  const { id } = useParams();
  const number = planId ?? (/^\d{1,9}$/.test(id ?? "") ? Number(id) : undefined);
  const title = t("plan.title", { id: number ?? id });
  const back = planId === undefined ? <InLink to={PLANS}>← {t("plan.back")}</InLink> : undefined;
  return number === undefined ? (
    <Page title={title} before={back}>
      <ErrorNote error={new ApiError(404, t("plan.noNumber"))} />
    </Page>
  ) : (
    <OnePlan key={number} number={number} title={title} back={back} />
  );
}

function OnePlan({ number, title, back }: { number: number; title: string; back: ReactNode }) {
  const found = usePlan(number);
  const extras = useExtras(number, found.dataUpdatedAt);
  // Somebody may have deleted it while it was looked at: nothing can be done with it then.
  const gone = found.error !== null && asApiError(found.error).trouble === "missing";
  const plan = gone ? undefined : found.data;
  return (
    <Page title={plan === undefined ? title : planName(plan)} before={back} actions={plan === undefined ? undefined : <Actions plan={plan} extras={extras} />}>
      {found.error ? (
        <Box mb={3}>
          <ErrorNote error={found.error} retry={() => void found.refetch()} />
        </Box>
      ) : null}
      {found.isPending ? <Loading /> : null}
      {plan === undefined ? null : (
        <>
          <Facts plan={plan} extras={extras} />
          <SimpleGrid columns={{ base: 1, lg: 2 }} gap={4} mt={4} alignItems="start">
            <Triggers plan={plan} may={extras?.may} />
            <Steps plan={plan} may={extras?.may} />
          </SimpleGrid>
          <Relations plan={plan} />
          <Runs plan={plan} extras={extras} />
        </>
      )}
    </Page>
  );
}
