import { Center, Spinner } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

export function Loading() {
  const { t } = useTranslation();
  return (
    <Center p={8} role="status" aria-label={t("parts.loading")}>
      <Spinner size="md" />
    </Center>
  );
}
