import { Alert, Button, Flex } from "@chakra-ui/react";
import { useState, type ReactNode, type Ref } from "react";
import { useTranslation } from "react-i18next";

import type { MeOut } from "src/api/schema";
import { localeOf } from "src/i18n";
import { useCreators } from "src/pages/plans/data";
import { Confirm } from "src/parts/Confirm";
import { isoOf } from "src/parts/serverTimes";
import { When } from "src/parts/When";

import type { Change } from "./stand";

type Props = {
  ref?: Ref<HTMLDivElement>;
  me: MeOut;
  change: Change;
  /** Nothing that was typed would be lost by looking at theirs. */
  isSafe: boolean;
  /** undefined: there is nothing of theirs to show. */
  onTheirs?: (() => void) | undefined;
  /** What else can be done. */
  children?: ReactNode;
};

/** Tells that somebody else has stored what a save would undo, who and when, and what can be done. */
export function ChangedMeanwhile({ ref, me, change: { kind, parts, last }, isSafe, onTheirs, children }: Props) {
  const { t, i18n } = useTranslation();
  const creators = useCreators();
  const [asking, setAsking] = useState(false);
  const names = new Intl.ListFormat(localeOf(i18n.language)).format(parts.map((part) => t(`create.meanwhile.parts.${part}`)));
  const by = creators.data?.find(({ id }) => id === last?.by)?.name;
  return (
    <Alert.Root ref={ref} status="warning" role="alert" tabIndex={-1} data-testid="changed-meanwhile">
      <Alert.Indicator />
      <Alert.Content minW={0}>
        <Alert.Description overflowWrap="anywhere">
          {t(`create.meanwhile.${kind}`, { parts: names })}{" "}
          {last === undefined ? null : (
            <>
              {t(by === undefined ? "create.meanwhile.at" : "create.meanwhile.by", { name: by })} <When at={isoOf(last.at, me.timeZone)} />
            </>
          )}
        </Alert.Description>
        <Flex gap={2} mt={2} flexWrap="wrap">
          {onTheirs === undefined ? null : (
            <Button size="sm" variant="outline" onClick={() => (isSafe ? onTheirs() : setAsking(true))}>
              {t("plan.takeOver")}
            </Button>
          )}
          {children}
        </Flex>
      </Alert.Content>
      {onTheirs === undefined ? null : (
        <Confirm open={asking} title={t("plan.askDiscard")} confirmLabel={t("plan.discard")} onConfirm={onTheirs} onClose={() => setAsking(false)}>
          {t("create.meanwhile.explain")}
        </Confirm>
      )}
    </Alert.Root>
  );
}
