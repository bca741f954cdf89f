import { Box, Flex } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { ShortRunOut } from "src/api/schema";
import { PALETTES } from "src/parts/status";
import { durationText, timeText } from "src/parts/times";
import { useViewerZone } from "src/parts/zone";

import { heights } from "./heights";

/** The last runs as bars, the newest at the right, as high as they took long; in words for who does not see them. */
export function History({ runs }: { runs: readonly ShortRunOut[] }) {
  const { t } = useTranslation();
  const zone = useViewerZone();
  if (runs.length === 0) return null;
  const words = ({ jobStatus, startAt, costTime }: ShortRunOut): string =>
    [t(`status.${jobStatus}`), startAt && timeText(startAt, zone), costTime !== null && durationText(costTime)].filter(Boolean).join(", ");
  const shown = [...runs].reverse();
  const high = heights(shown.map(({ costTime }) => costTime));
  const label = t("plans.lastRuns", { count: runs.length, runs: runs.map(words).join("; ") });
  return (
    <Flex role="img" aria-label={label} align="flex-end" gap="2px" height="24px" data-testid="history">
      {shown.map((run, index) => (
        <Box
          key={run.contextId}
          title={words(run)}
          width="6px"
          borderRadius="xs"
          colorPalette={PALETTES[run.jobStatus]}
          bg="colorPalette.solid"
          style={{ height: `${high[index]}px` }}
        />
      ))}
    </Flex>
  );
}
