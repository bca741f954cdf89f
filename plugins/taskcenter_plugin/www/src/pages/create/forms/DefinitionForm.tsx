import { Alert, Flex, Text } from "@chakra-ui/react";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

import type { GroupOut, MeOut, ParamOut } from "src/api/schema";

import type { Json } from "../draft";
import { ExchangisForm } from "./ExchangisForm";
import { WholeJsonField } from "./fields";
import { FlinkForm } from "./FlinkForm";
import { NodeForm } from "./NodeForm";
import { ParamsForm } from "./ParamsForm";
import { StatementForm } from "./StatementForm";
import { StepList } from "./StepList";
import { SyncForm } from "./SyncForm";
import type { FormProps } from "./types";

type Props = FormProps & { group: string; me: MeOut; label: string };

/** The fields of what a group runs; of a group that does not tell, and of one that is not known, as JSON. */
export function DefinitionForm({ group, me, label, ...form }: Props) {
  const { t } = useTranslation();
  const found = me.groups.find((each) => each.group === group);
  const params = found?.params;
  const statement = paramsOf(me.groups, "LINKIS");
  const statementOf = useCallback(
    (step: Json, onChange: (step: Json) => void, name: string) => <StatementForm value={step} onChange={onChange} params={statement} label={name} />,
    [statement],
  );
  const nodeOf = useCallback(
    (step: Json, onChange: (step: Json) => void, name: string, ids: readonly string[]) => (
      <NodeForm value={step} onChange={onChange} ids={ids} me={me} label={name} />
    ),
    [me],
  );
  switch (group) {
    case "NOTEBOOK":
      return (
        <StepList {...form} name="paragraphs" kind="paragraph">
          {statementOf}
        </StepList>
      );
    case "PIPELINE":
      return (
        <StepList {...form} name="nodes" kind="node">
          {nodeOf}
        </StepList>
      );
    case "LINKIS":
    case "DATASET":
      return <StatementForm {...form} params={params ?? statement} label={label} />;
    case "EXCHANGIS":
      return <ExchangisForm {...form} params={params ?? []} use={me.gateways.exchangis} />;
    case "FLINK":
      return <FlinkForm {...form} params={params ?? []} use={me.gateways.hlink} />;
    case "DB_BATCH_SYNC":
      return <SyncForm {...form} params={params ?? []} use={me.gateways.exchangis} />;
    case "APP_EMAIL":
      return (
        <Flex direction="column" gap={4}>
          <ParamsForm {...form} params={(params ?? []).filter(({ name }) => name !== "attachments")} />
          <StepList {...form} name="attachments" kind="attachment">
            {statementOf}
          </StepList>
        </Flex>
      );
    default:
      if (params === null || params === undefined) {
        return <WholeJsonField label={t("create.definition")} value={form.value} onChange={form.onChange} help={t("create.unknownParams")} />;
      }
      if (params.length === 0) return <Text color="fg.muted">{t("create.noParams")}</Text>;
      return <ParamsForm {...form} params={params} />;
  }
}

const NONE: readonly ParamOut[] = [];

export const paramsOf = (groups: readonly GroupOut[], name: string) => groups.find(({ group }) => group === name)?.params ?? NONE;

/** What is wrong with a definition as a whole. */
export function DefinitionError({ message }: { message: string }) {
  return (
    <Alert.Root status="error" role="alert" size="sm">
      <Alert.Indicator />
      <Alert.Description overflowWrap="anywhere">{message}</Alert.Description>
    </Alert.Root>
  );
}
