import { Alert, Box, Button, Fieldset, Flex, Heading, Text } from "@chakra-ui/react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { ItemVerdictOut, PlanName } from "src/api/schema";
import { ErrorNote } from "src/parts/ErrorNote";

import { CronForm } from "./CronForm";
import { DependencyForm } from "./DependencyForm";
import { FireList } from "./FireList";
import { newCron, newDependency } from "./items";
import { TriggerWords } from "./TriggerWords";
import type { TriggerEditorProps, TriggerItem } from "./types";
import { useKeys } from "./useKeys";
import { useTypedFires } from "./useFires";

const WHERE = /^planItems\[\d+\](: |\.)/; // the message is shown at the item itself

/** What starts a plan: a list of schedules and of plans to wait for, with the server's verdict on each and the fires to come. */
export function TriggerEditor({ value, onChange, self, disabled = false, onValid, zone }: TriggerEditorProps) {
  const { t } = useTranslation();
  const { found, error, asking, retry } = useTypedFires(value);
  const keys = useKeys(value.length);
  const adder = useRef<HTMLButtonElement>(null);
  const valid = asking || found === undefined ? undefined : found.items.every((item) => item.valid);
  useEffect(() => onValid?.(valid), [valid, onValid]);

  const remove = (index: number) => {
    keys.remove(index);
    onChange(value.filter((_, each) => each !== index));
    adder.current?.focus(); // the button that had the focus is gone
  };
  const add = (item: TriggerItem) => onChange([...value, item]);
  return (
    <Flex direction="column" gap={3} data-testid="trigger-editor">
      {value.length === 0 ? <Text color="fg.muted">{t("triggers.none")}</Text> : null}
      {value.map((item, index) => (
        <Item
          key={keys.of(index)}
          number={index + 1}
          item={item}
          verdict={asking ? undefined : found?.items[index]}
          self={self}
          disabled={disabled}
          onChange={(next) => onChange(value.map((each, place) => (place === index ? next : each)))}
          onRemove={() => remove(index)}
        />
      ))}
      <Flex gap={2} flexWrap="wrap">
        <Button ref={adder} size="sm" variant="outline" disabled={disabled} onClick={() => add(newCron(zone))}>
          {t("triggers.addCron")}
        </Button>
        <Button size="sm" variant="outline" disabled={disabled} onClick={() => add(newDependency())}>
          {t("triggers.addDependency")}
        </Button>
      </Flex>
      {error ? <ErrorNote error={error} retry={retry} /> : null}
      {value.some(({ triggerType }) => triggerType === "CRON_JOB") ? (
        <Box as="section" aria-label={t("triggers.fires")}>
          <Heading as="h3" size="sm" mb={1}>
            {t("triggers.fires")}
          </Heading>
          {found === undefined ? null : <FireList fires={found.fires} label={t("triggers.fires")} busy={asking} />}
        </Box>
      ) : null}
    </Flex>
  );
}

type ItemProps = {
  number: number;
  item: TriggerItem;
  verdict: ItemVerdictOut | undefined;
  self: PlanName | undefined;
  disabled: boolean;
  onChange: (item: TriggerItem) => void;
  onRemove: () => void;
};

function Item({ number, item, verdict, self, disabled, onChange, onRemove }: ItemProps) {
  const { t } = useTranslation();
  const isCron = item.triggerType === "CRON_JOB";
  const unfinished = isCron ? !item.cronDesc : (item.triggerByJobs ?? []).length === 0;
  const title = t(isCron ? "triggers.cronItem" : "triggers.dependencyItem", { number });
  return (
    <Fieldset.Root aria-label={title} borderWidth="1px" borderRadius="md" p={3} data-testid={`trigger-${number}`}>
      <Flex justify="space-between" align="flex-start" gap={2}>
        <Box minW={0}>
          <Text fontWeight="medium">{title}</Text>
          {unfinished ? null : (
            <Text fontSize="sm" data-testid="words" aria-live="polite">
              <TriggerWords item={item} />
            </Text>
          )}
        </Box>
        <Button
          size="xs"
          variant="ghost"
          color="fg.error"
          disabled={disabled}
          aria-label={t("triggers.removeItem", { number })}
          onClick={onRemove}
        >
          {t("triggers.remove")}
        </Button>
      </Flex>
      {isCron ? (
        <CronForm item={item} onChange={onChange} disabled={disabled} />
      ) : (
        <DependencyForm item={item} onChange={onChange} self={self} disabled={disabled} />
      )}
      {verdict?.valid === false && !unfinished ? (
        <Alert.Root status="error" role="alert" size="sm">
          <Alert.Indicator />
          <Alert.Description overflowWrap="anywhere">{verdict.message?.replace(WHERE, "")}</Alert.Description>
        </Alert.Root>
      ) : null}
    </Fieldset.Root>
  );
}
