import { Text } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import { localeOf } from "src/i18n";
import { relativeText, sameClock, timeText } from "src/parts/times";
import { useViewerZone } from "src/parts/zone";

type Props = { at: string | null | undefined; zone?: string | null | undefined; relative?: boolean };

/** A moment in the viewer's zone; beside it in the plan's, where its clock shows another time. */
export function When({ at, zone, relative = false }: Props) {
  const { i18n, t } = useTranslation();
  const here = useViewerZone();
  if (at === null || at === undefined) {
    return (
      <Text as="span" color="fg.muted" aria-label={t("parts.none")}>
        –
      </Text>
    );
  }
  const there = zone && !sameClock(at, zone, here) ? zone : undefined;
  return (
    <Text as="span" title={`${timeText(at, here)} ${here}`} whiteSpace="nowrap" fontVariantNumeric="tabular-nums">
      <time dateTime={at}>{timeText(at, here)}</time>
      {relative ? <Muted>{relativeText(at, localeOf(i18n.language))}</Muted> : null}
      {there === undefined ? null : <Muted>{`${timeText(at, there)} ${there}`}</Muted>}
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
