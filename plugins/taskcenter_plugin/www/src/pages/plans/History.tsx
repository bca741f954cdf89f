import { Box, Flex } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";

import type { ShortRunOut } from "src/api/schema";
import { PALETTES } from "src/parts/status";
import { durationText, timeText } from "src/parts/times";
import { useViewerZone } from "src/parts/zone";
import { runPath } from "src/paths";

import { heights } from "./heights";

/**
 * The last runs as bars, the newest at the right, as high as they took long; in words for who does not see them. A click on one leads
 * to it; without a mouse, the list on the plan's page does.
 */
export function History({ runs }: { runs: readonly ShortRunOut[] }) {
  const { t } = useTranslation();
  const zone = useViewerZone();
  const navigate = useNavigate();
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
          cursor="pointer"
          _hover={{ opacity: 0.7 }}
          onClick={() => void navigate(runPath(run.contextId))}
          borderRadius="xs"
          colorPalette={PALETTES[run.jobStatus]}
          bg="colorPalette.solid"
          style={{ height: `${high[index]}px` }}
        />
      ))}
    </Flex>
  );
}
