import { Box, DataList, Switch, Text } from "@chakra-ui/react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { PlanExtrasOut, PlanOut } from "src/api/schema";
import { InLink } from "src/parts/InLink";
import { StatusBadge } from "src/parts/StatusBadge";
import { When } from "src/parts/When";
import { History } from "src/pages/plans/History";
import { planName, planZone } from "src/pages/plans/names";
import { dagPath, runPath } from "src/paths";

import { useAction } from "./Actions";

/** What a plan is, and how it stands with it. */
export function Facts({ plan, extras }: { plan: PlanOut; extras: PlanExtrasOut | undefined }) {
  const { t } = useTranslation();
  const last = extras?.runs[0];
  const badge = <StatusBadge status={plan.jobStatus} />;
  return (
    <Box borderWidth="1px" borderRadius="md" p={3}>
      <DataList.Root orientation="vertical" display="flex" flexDirection="row" flexWrap="wrap" gap={{ base: 4, md: 8 }} size="sm" data-testid="facts">
        <Fact name={t("plans.enabled")}>
          <Enabled plan={plan} mayEdit={extras?.may.edit ?? false} />
        </Fact>
        <Fact name={t("plans.group")}>{plan.entityGroup}</Fact>
        <Fact name={t("plan.key")}>
          <Text overflowWrap="anywhere">{plan.entityKey}</Text>
        </Fact>
        <Fact name={t("plans.lastStatus")}>
          <span aria-live="polite">{last === undefined ? badge : <InLink to={runPath(last.contextId)}>{badge}</InLink>}</span>
        </Fact>
        <Fact name={t("plans.lastRun")}>
          <When at={extras?.lastStartAt} relative />
        </Fact>
        <Fact name={t("plans.nextRun")}>
          <When at={extras?.nextStartAt} zone={planZone(plan)} relative />
        </Fact>
        {extras === undefined || extras.runs.length === 0 ? null : (
          <Fact name={t("plans.history")}>
            <History runs={extras.runs} />
          </Fact>
        )}
        {plan.entityCreatedByName ? <Fact name={t("plans.creator")}>{plan.entityCreatedByName}</Fact> : null}
        <Fact name={t("plan.dag")}>
          <InLink to={dagPath(plan.dagId)} overflowWrap="anywhere">
            {plan.dagId}
          </InLink>
        </Fact>
      </DataList.Root>
      {extras === undefined || extras.may.edit ? null : (
        <Text mt={2} fontSize="sm" color="fg.muted">
          {t("plan.mayNotEdit")}
        </Text>
      )}
    </Box>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <DataList.Item minW={0} maxW="22rem">
      <DataList.ItemLabel>{name}</DataList.ItemLabel>
      <DataList.ItemValue minW={0} alignItems="flex-start">{children}</DataList.ItemValue>
    </DataList.Item>
  );
}

function Enabled({ plan, mayEdit }: { plan: PlanOut; mayEdit: boolean }) {
  const { t } = useTranslation();
  const { mutate, isPending, variables } = useAction(plan);
  const enabled = isPending ? variables === "enable" : plan.enabled;
  return (
    <Switch.Root
      size="sm"
      colorPalette="brand"
      checked={enabled}
      disabled={!mayEdit || isPending}
      onCheckedChange={({ checked }) => mutate(checked ? "enable" : "disable")}
    >
      <Switch.HiddenInput aria-label={t("plans.switch", { name: planName(plan) })} />
      <Switch.Control />
      {/* Not the switch's label: that would go before the name, which says of what plan it is. */}
      <Text as="span" aria-hidden>
        {t(enabled ? "plans.on" : "plans.off")}
      </Text>
    </Switch.Root>
  );
}
