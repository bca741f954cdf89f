import { Box, Flex, Heading, Switch } from "@chakra-ui/react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { asApiError } from "src/api/errors";
import type { GroupOut, MeOut } from "src/api/schema";

import { isObject, type Json } from "./draft";
import { DefinitionError, DefinitionForm } from "./forms/DefinitionForm";
import { WholeJsonField } from "./forms/fields";
import type { ProblemOf } from "./Problem";
import { cleaned } from "./requests";

type Props = {
  me: MeOut;
  group: GroupOut;
  label: string;
  value: Json;
  onChange: (value: Json) => void;
  problem: ProblemOf | undefined;
};

/** The definition, by its fields or as JSON. */
export function What({ me, group, label, value, onChange, problem }: Props) {
  const { t } = useTranslation();
  const [asJson, setAsJson] = useState(false);
  const about = problem?.place.field === "definition" ? problem : undefined;
  const message = about === undefined ? undefined : asApiError(about.error).message;
  const part = about?.place.part;
  const error = message === undefined ? undefined : { message, part };
  const isShownThere = !asJson && part !== undefined && hasStep(value, part);
  return (
    <Box as="section" aria-label={t("create.definition")} borderTopWidth="1px" pt={3} minW={0}>
      <Flex justify="space-between" align="center" gap={2} flexWrap="wrap" mb={3}>
        <Heading as="h3" size="md">
          {t("create.definition")}
        </Heading>
        <Switch.Root size="sm" checked={asJson} onCheckedChange={({ checked }) => setAsJson(checked)}>
          <Switch.HiddenInput />
          <Switch.Control />
          <Switch.Label>{t("create.asJson")}</Switch.Label>
        </Switch.Root>
      </Flex>
      {asJson ? (
        <WholeJsonField label={t("create.definition")} value={cleaned(value)} onChange={onChange} help={t("create.jsonHelp")} />
      ) : (
        <DefinitionForm group={group.group} me={me} value={value} onChange={onChange} label={label} error={error} />
      )}
      {message === undefined || isShownThere ? null : (
        <Box mt={3}>
          <DefinitionError message={message} />
        </Box>
      )}
    </Box>
  );
}

const hasStep = (value: Json, id: string): boolean =>
  Object.values(value).some((each) => Array.isArray(each) && each.some((step: unknown) => isObject(step) && String(step["id"]) === id));
