import { Flex, Text } from "@chakra-ui/react";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { TriggerEditor } from "src/parts/triggers/TriggerEditor";
import type { TriggerItem } from "src/parts/triggers/types";

import type { Draft } from "./draft";
import { DefinitionError } from "./forms/DefinitionForm";
import { messageFor, type ProblemOf } from "./Problem";

type Props = { draft: Draft; change: (part: Partial<Draft>) => void; problem: ProblemOf | undefined };

/** What starts the plan; it may be nothing. */
export function WhenStep({ draft, change, problem }: Props) {
  const { t } = useTranslation();
  const self = useMemo(() => ({ entityGroup: draft.group, entityKey: draft.key.trim() }), [draft.group, draft.key]);
  const setItems = useCallback((items: TriggerItem[]) => change({ items }), [change]);
  const message = messageFor(problem, "triggers");
  return (
    <Flex direction="column" gap={3}>
      <Text color="fg.muted" fontSize="sm">
        {t("create.whenHelp")}
      </Text>
      <TriggerEditor value={draft.items} onChange={setItems} self={self} />
      {message === undefined ? null : <DefinitionError message={message} />}
    </Flex>
  );
}
