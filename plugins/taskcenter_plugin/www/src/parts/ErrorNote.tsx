import { Alert, Button, Link } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import { BASE } from "src/api/client";
import { asApiError } from "src/api/errors";

/** What went wrong, in the server's words, and what one can do about it. */
export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const { trouble, message } = asApiError(error);
  return (
    <Alert.Root status={trouble === "forbidden" || trouble === "login" ? "warning" : "error"} role="alert">
      <Alert.Indicator />
      <Alert.Content minW={0}>
        <Alert.Title>{t(`errors.${trouble}`)}</Alert.Title>
        <Alert.Description overflowWrap="anywhere">{trouble === "login" ? null : trouble === "upgraded" ? t("errors.reloadIt") : message}</Alert.Description>
        {trouble === "login" ? (
          <Link href={`${BASE}api/v2/auth/login?next=${encodeURIComponent(location.pathname + location.search)}`} variant="underline">
            {t("errors.logIn")}
          </Link>
        ) : null}
      </Alert.Content>
      {trouble === "upgraded" ? (
        <Button size="sm" variant="outline" onClick={() => location.reload()}>
          {t("errors.reload")}
        </Button>
      ) : null}
      {retry === undefined || trouble === "login" ? null : (
        <Button size="sm" variant="outline" onClick={retry}>
          {t("errors.retry")}
        </Button>
      )}
    </Alert.Root>
  );
}
