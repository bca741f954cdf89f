import { Alert, Button, Fieldset, Flex } from "@chakra-ui/react";
import { memo, useCallback, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { freshId, moved, renamed, stepsOf, withoutNode, type Json } from "../draft";
import { textOf } from "../values";
import { TextField } from "./fields";
import type { FormProps } from "./types";
import { useGrowing } from "./useGrowing";
import { useLabel } from "./useLabel";

type Kind = "paragraph" | "node" | "attachment";
type Props = FormProps & {
  /** The definition's field that holds them. */
  name: string;
  kind: Kind;
  /** The form of a step. Must be the same function from render to render, or all steps are rendered with each key that is typed. */
  children: (step: Json, onChange: (step: Json) => void, label: string, ids: readonly string[]) => ReactNode;
};

/** The steps of a definition, in their order: added, moved, renamed, taken away. */
export function StepList({ value, onChange, error, name, kind, children }: Props) {
  const { t } = useTranslation();
  const adder = useRef<HTMLButtonElement>(null);
  const steps = stepsOf(value, name);
  const ids = useSameTexts(steps.map(({ id }) => String(id)));
  const shown = useGrowing(steps.length);
  const latest = useRef({ value, onChange });
  useLayoutEffect(() => {
    latest.current = { value, onChange };
  });
  const set = useCallback(
    (changed: (steps: Json[]) => readonly Json[]) => latest.current.onChange({ ...latest.current.value, [name]: changed(stepsOf(latest.current.value, name)) }),
    [name],
  );
  const remove = useCallback(
    (index: number) => {
      set((before) => withoutNode(before, index));
      adder.current?.focus(); // the button that had the focus is gone
    },
    [set],
  );
  const add = () =>
    set((before) => {
      const id = freshId(before);
      const last = before[before.length - 1]?.["id"];
      return [...before, kind === "node" && last !== undefined ? { id, dependsOn: [String(last)] } : { id }];
    });
  return (
    <Flex direction="column" gap={3}>
      {steps.slice(0, shown).map((step, index) => (
        // The id is edited, so it cannot be the key; a step that is moved keeps no state of its own that matters.
        <Step
          key={index}
          kind={kind}
          step={step}
          index={index}
          isLast={index === steps.length - 1}
          ids={ids}
          wrong={error?.part !== undefined && error.part === String(step["id"]) ? error.message : undefined}
          set={set}
          onRemove={remove}
          form={children}
        />
      ))}
      <Button ref={adder} alignSelf="flex-start" size="sm" variant="outline" onClick={add}>
        {t(`create.steps.add_${kind}`)}
      </Button>
    </Flex>
  );
}

type StepProps = {
  kind: Kind;
  step: Json;
  index: number;
  isLast: boolean;
  ids: readonly string[];
  wrong: string | undefined;
  set: (changed: (steps: Json[]) => readonly Json[]) => void;
  onRemove: (index: number) => void;
  form: Props["children"];
};

/** One of many, so it is rendered only when something of it changes. */
const Step = memo(function Step({ kind, step, index, isLast, ids, wrong, set, onRemove, form }: StepProps) {
  const { t } = useTranslation();
  const idLabel = useLabel()("id");
  const label = t(`create.steps.${kind}`, { id: textOf(step["id"]) });
  return (
    <Fieldset.Root borderWidth="1px" borderColor={wrong ? "border.error" : "border"} borderRadius="md" p={3} minW={0}>
      <Flex justify="space-between" align="center" gap={2} flexWrap="wrap">
        <Fieldset.Legend fontWeight="medium">{label}</Fieldset.Legend>
        <Flex gap={1}>
          <Small label={t("create.steps.up", { label })} text="↑" disabled={index === 0} onClick={() => set((steps) => moved(steps, index, -1))} />
          <Small label={t("create.steps.down", { label })} text="↓" disabled={isLast} onClick={() => set((steps) => moved(steps, index, 1))} />
          <Small label={t("create.steps.removeOne", { label })} text={t("create.steps.remove")} onClick={() => onRemove(index)} />
        </Flex>
      </Flex>
      <Flex direction="column" gap={3} minW={0}>
        <IdField label={idLabel} id={textOf(step["id"])} onChange={(id) => set((steps) => renamed(steps, index, id))} />
        {form(step, (next) => set((steps) => steps.map((each, place) => (place === index ? next : each))), label, ids)}
      </Flex>
      {wrong === undefined ? null : (
        <Alert.Root status="error" role="alert" size="sm">
          <Alert.Indicator />
          <Alert.Description overflowWrap="anywhere">{wrong}</Alert.Description>
        </Alert.Root>
      )}
    </Fieldset.Root>
  );
});

/** The list of before as long as it says the same. */
function useSameTexts(texts: readonly string[]): readonly string[] {
  const [kept, setKept] = useState(texts);
  if (JSON.stringify(kept) === JSON.stringify(texts)) return kept;
  setKept(texts);
  return texts;
}

/** Takes an id over when it is finished: another one may begin as it does. */
function IdField({ label, id, onChange }: { label: string; id: string; onChange: (id: string) => void }) {
  const [typed, setTyped] = useState<string>();
  return (
    <Flex
      onBlur={() => {
        if (typed !== undefined && typed.trim() !== id) onChange(typed.trim());
        setTyped(undefined);
      }}
    >
      <TextField label={label} width="10rem" required value={typed ?? id} onChange={setTyped} />
    </Flex>
  );
}

function Small({ label, text, disabled = false, onClick }: { label: string; text: string; disabled?: boolean; onClick: () => void }) {
  return (
    <Button size="xs" variant="ghost" aria-label={label} title={label} disabled={disabled} onClick={onClick}>
      {text}
    </Button>
  );
}
