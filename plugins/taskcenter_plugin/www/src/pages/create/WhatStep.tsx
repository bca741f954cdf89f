import { Flex } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { GroupOut, MeOut } from "src/api/schema";

import { definitionOf, withDefinition, type Draft } from "./draft";
import { ParsedField, TextField } from "./forms/fields";
import { GroupChoice } from "./GroupChoice";
import { messageFor, type ProblemOf } from "./Problem";
import { keeps } from "./requests";
import { Already } from "./Already";
import type { Known } from "./useStored";
import { numberOf } from "./values";
import { What } from "./What";

const KEY_LENGTH = 200;
const TITLE_LENGTH = 500;

type Props = {
  /** Of a plan that there is: what it is called by stays. */
  isChange: boolean;
  me: MeOut;
  group: GroupOut | undefined;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  known: Known;
  problem: ProblemOf | undefined;
};

/** What is to run: its kind, its name, and what it is made of. */
export function WhatStep({ isChange, me, group, draft, change, known, problem }: Props) {
  const { t } = useTranslation();
  const kept = group !== undefined && keeps(draft, known.entity);
  return (
    <Flex direction="column" gap={4}>
      {isChange ? null : <GroupChoice groups={me.groups} value={draft.group} onChange={(to) => change({ group: to, keep: undefined, begun: undefined })} />}
      {group === undefined ? null : (
        <>
          <Flex gap={4} flexWrap="wrap" align="flex-start">
            {isChange ? null : (
              <TextField
                label={t("create.key")}
                required
                width="20rem"
                maxLength={KEY_LENGTH}
                value={draft.key}
                onChange={(key) => change({ key, keep: undefined, begun: undefined })}
                suggestions={known.keys}
                help={keyHelp(group, t)}
                error={messageFor(problem, "key") ?? messageFor(problem, "group")}
              />
            )}
            {kept ? null : (
              <TextField
                label={t("create.titleField")}
                width="24rem"
                maxLength={TITLE_LENGTH}
                value={draft.title}
                onChange={(title) => change({ title })}
                help={t("create.titleHelp")}
                error={messageFor(problem, "title")}
              />
            )}
          </Flex>
          {isChange ? null : <Already draft={draft} change={change} group={group} known={known} />}
          {kept ? null : (
            <What
              key={draft.group}
              me={me}
              group={group}
              label={draft.title.trim() || draft.key.trim() || group.group}
              value={definitionOf(draft)}
              onChange={(definition) => change({ definitions: withDefinition(draft, definition).definitions })}
              problem={problem}
            />
          )}
          <ParsedField
            label={t("create.retries")}
            width="16rem"
            value={draft.retries === 0 ? undefined : draft.retries}
            placeholder="0"
            parse={numberOf}
            inputMode="numeric"
            onChange={(retries) => change({ retries: (retries as number | string | undefined) ?? 0 })}
            help={t("create.retriesHelp")}
            error={messageFor(problem, "retries")}
          />
        </>
      )}
    </Flex>
  );
}

function keyHelp(group: GroupOut, t: (key: string, options?: Record<string, unknown>) => string): string {
  if (group.keyParams.length > 1) return t("create.keyOfParts", { parts: group.keyParams.join("-") });
  return t(group.stored ? "create.keyOfStored" : "create.keyOfOwn");
}
