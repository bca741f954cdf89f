import { Text } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import { localeOf } from "src/i18n";
import { relativeText, sameClock, timeText, viewerZone } from "src/parts/times";

type Props = { at: string | null | undefined; zone?: string | null | undefined; relative?: boolean };

/** A moment in the viewer's zone; beside it in the plan's, where its clock shows another time. */
export function When({ at, zone, relative = false }: Props) {
  const { i18n, t } = useTranslation();
  if (at === null || at === undefined) return <Text as="span" color="fg.muted" aria-label={t("parts.none")}>–</Text>;
  const locale = localeOf(i18n.language);
  const here = viewerZone();
  const there = zone && !sameClock(at, zone, here) ? zone : undefined;
  return (
    <Text as="span" title={`${timeText(at, locale)} ${here}`} whiteSpace="nowrap" fontVariantNumeric="tabular-nums">
      <time dateTime={at}>{timeText(at, locale)}</time>
      {relative ? <Muted>{relativeText(at, locale)}</Muted> : null}
      {there === undefined ? null : <Muted>{`${timeText(at, locale, there)} ${there}`}</Muted>}
    </Text>
  );
}

function Muted({ children }: { children: string }) {
  return (
    <Text as="span" display="block" color="fg.muted" fontSize="xs">
      {children}
    </Text>
  );
}
