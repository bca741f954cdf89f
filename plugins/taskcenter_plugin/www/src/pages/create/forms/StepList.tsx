import { Alert, Button, Fieldset, Flex } from "@chakra-ui/react";
import { useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { freshId, moved, renamed, stepsOf, withoutNode, type Json } from "../draft";
import { textOf } from "../values";
import { TextField } from "./fields";
import type { FormProps } from "./types";
import { useLabel } from "./useLabel";

type Kind = "paragraph" | "node" | "attachment";
type Props = FormProps & {
  /** The definition's field that holds them. */
  name: string;
  kind: Kind;
  children: (step: Json, onChange: (step: Json) => void, label: string, index: number) => ReactNode;
};

/** The steps of a definition, in their order: added, moved, renamed, taken away. */
export function StepList({ value, onChange, error, name, kind, children }: Props) {
  const { t } = useTranslation();
  const idLabel = useLabel()("id");
  const adder = useRef<HTMLButtonElement>(null);
  const steps = stepsOf(value, name);
  const set = (next: readonly Json[]) => onChange({ ...value, [name]: next });
  const add = () => {
    const id = freshId(steps);
    const before = steps[steps.length - 1]?.["id"];
    set([...steps, kind === "node" && before !== undefined ? { id, dependsOn: [String(before)] } : { id }]);
  };
  return (
    <Flex direction="column" gap={3}>
      {steps.map((step, index) => {
        const label = t(`create.steps.${kind}`, { id: textOf(step["id"]) });
        const wrong = error?.part !== undefined && error.part === String(step["id"]) ? error.message : undefined;
        return (
          // The id is edited, so it cannot be the key; a step that is moved keeps no state of its own that matters.
          <Fieldset.Root key={index} borderWidth="1px" borderColor={wrong ? "border.error" : "border"} borderRadius="md" p={3} minW={0}>
            <Flex justify="space-between" align="center" gap={2} flexWrap="wrap">
              <Fieldset.Legend fontWeight="medium">{label}</Fieldset.Legend>
              <Flex gap={1}>
                <Small label={t("create.steps.up", { label })} text="↑" disabled={index === 0} onClick={() => set(moved(steps, index, -1))} />
                <Small label={t("create.steps.down", { label })} text="↓" disabled={index === steps.length - 1} onClick={() => set(moved(steps, index, 1))} />
                <Small
                  label={t("create.steps.removeOne", { label })}
                  text={t("create.steps.remove")}
                  onClick={() => {
                    set(withoutNode(steps, index));
                    adder.current?.focus(); // the button that had the focus is gone
                  }}
                />
              </Flex>
            </Flex>
            <Flex direction="column" gap={3} minW={0}>
              <IdField label={idLabel} id={textOf(step["id"])} onChange={(id) => set(renamed(steps, index, id))} />
              {children(step, (next) => set(steps.map((each, place) => (place === index ? next : each))), label, index)}
            </Flex>
            {wrong === undefined ? null : (
              <Alert.Root status="error" role="alert" size="sm">
                <Alert.Indicator />
                <Alert.Description overflowWrap="anywhere">{wrong}</Alert.Description>
              </Alert.Root>
            )}
          </Fieldset.Root>
        );
      })}
      <Button ref={adder} alignSelf="flex-start" size="sm" variant="outline" onClick={add}>
        {t(`create.steps.add_${kind}`)}
      </Button>
    </Flex>
  );
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
