import { Box, Button, Flex } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import { STEPS, type Step } from "./places";

/** Where one is, and the way to the other steps. */
export function StepNav({ step, reachable, onGo }: { step: Step; reachable: boolean; onGo: (step: Step) => void }) {
  const { t } = useTranslation();
  return (
    <Box as="nav" aria-label={t("create.steps.all")}>
      <Flex as="ol" listStyleType="none" gap={2} flexWrap="wrap">
        {STEPS.map((each, index) => (
          <li key={each}>
            <Button
              size="sm"
              variant={each === step ? "subtle" : "ghost"}
              colorPalette={each === step ? "brand" : "gray"}
              aria-current={each === step ? "step" : undefined}
              disabled={each !== "what" && !reachable}
              onClick={() => onGo(each)}
            >
              {index + 1}. {t(`create.step.${each}`)}
            </Button>
          </li>
        ))}
      </Flex>
    </Box>
  );
}
