import { Code, Text } from "@chakra-ui/react";
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { PlanName } from "src/api/schema";
import { localeOf } from "src/i18n";

import type { TriggerItem } from "./types";
import { useCronWords } from "./words";

const MARK = "\u0000";

type Props = {
  item: TriggerItem;
  /** How a plan is shown that is waited for; its group and key unless given. */
  plan?: (name: PlanName) => ReactNode;
};

/** What starts a plan, in words. */
export function TriggerWords({ item, plan = ({ entityGroup, entityKey }) => `${entityGroup} ${entityKey}` }: Props) {
  return item.triggerType === "DEPENDENCY" ? <AfterPlans names={item.triggerByJobs ?? []} plan={plan} /> : <Cron item={item} />;
}

function Cron({ item: { cronDesc, timeZone } }: { item: TriggerItem }) {
  const { t } = useTranslation();
  const words = useCronWords(cronDesc);
  if (!cronDesc) return <Text as="span">{t("triggers.unfinished")}</Text>;
  return (
    <Text as="span" overflowWrap="anywhere">
      {words === undefined ? <Code>{cronDesc}</Code> : words}
      {timeZone ? t("triggers.words.inZone", { zone: timeZone }) : null}
    </Text>
  );
}

function AfterPlans({ names, plan }: { names: readonly PlanName[]; plan: (name: PlanName) => ReactNode }) {
  const { t, i18n } = useTranslation();
  if (names.length === 0) return <Text as="span">{t("triggers.unfinished")}</Text>;
  // The list as the language writes it, with each plan in its place.
  const places = new Intl.ListFormat(localeOf(i18n.language), { type: "disjunction" }).formatToParts(names.map((_, index) => String(index)));
  const [before, behind] = t("triggers.words.after", { count: names.length, plans: MARK }).split(MARK);
  return (
    <Text as="span" overflowWrap="anywhere">
      {before}
      {places.map(({ type, value }, index) => {
        const name = type === "element" ? names[Number(value)] : undefined;
        return <Fragment key={index}>{name === undefined ? value : plan(name)}</Fragment>;
      })}
      {behind}
    </Text>
  );
}
