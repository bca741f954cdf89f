import { Alert, Text } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import { useMe } from "src/pages/plans/data";
import { ErrorNote } from "src/parts/ErrorNote";
import { InLink } from "src/parts/InLink";
import { Loading } from "src/parts/Loading";
import { Page } from "src/parts/Page";
import { PLANS } from "src/paths";

import { Wizard } from "./Wizard";

/** A plan is made in three steps: what it runs, when, and a look at what will come of it before it is saved. */
export default function Create() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <Page title={t("create.title")} before={<InLink to={PLANS}>{t("plans.title")}</InLink>}>
      {me.error ? <ErrorNote error={me.error} retry={() => void me.refetch()} /> : null}
      {me.isPending ? <Loading /> : null}
      {me.data === undefined ? null : me.data.may.create ? (
        <Wizard me={me.data} />
      ) : (
        <Alert.Root status="warning">
          <Alert.Indicator />
          <Alert.Content>
            <Alert.Title>{t("errors.forbidden")}</Alert.Title>
            <Text>{t("create.mayNot", { name: me.data.name })}</Text>
          </Alert.Content>
        </Alert.Root>
      )}
    </Page>
  );
}
