import { Checkbox, Fieldset, Flex } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { MeOut } from "src/api/schema";

import { inOrder, withField, type Json } from "../draft";
import { DefinitionForm } from "./DefinitionForm";
import { ChoiceField } from "./fields";
import type { FormProps } from "./types";
import { useLabel } from "./useLabel";

const DEFAULT_TYPE = "LINKIS";
// The nodes of another pipeline belong among this one's, the data sets of an application are nodes each (docs/job-types.md).
const NO_NODES = new Set(["PIPELINE", "APP_REFRESH"]);

type Props = FormProps & { ids: readonly string[]; me: MeOut; label: string };

/** A node of a pipeline: what it waits for, its type, and what a plan of that type runs. `ids`: those of all nodes. */
export function NodeForm({ value, onChange, ids, me, label }: Props) {
  const { t } = useTranslation();
  const name = useLabel();
  const own = String(value["id"]);
  const others = ids.filter((id) => id !== own);
  const waits = Array.isArray(value["dependsOn"]) ? value["dependsOn"].map(String) : [];
  const type = typeof value["type"] === "string" ? value["type"] : DEFAULT_TYPE;
  const turn = (id: string, on: boolean) => {
    const next = on ? [...waits, id] : waits.filter((each) => each !== id);
    onChange(withField(value, "dependsOn", next.length === 0 ? undefined : next));
  };
  return (
    <>
      {others.length === 0 ? null : (
        <Fieldset.Root size="sm">
          <Fieldset.Legend fontSize="sm">{name("dependsOn")}</Fieldset.Legend>
          <Flex gap={3} flexWrap="wrap">
            {[...new Set([...others, ...waits])].map((id) => (
              <Checkbox.Root key={id} size="sm" checked={waits.includes(id)} onCheckedChange={({ checked }) => turn(id, checked === true)}>
                <Checkbox.HiddenInput />
                <Checkbox.Control />
                <Checkbox.Label>{id}</Checkbox.Label>
              </Checkbox.Root>
            ))}
          </Flex>
        </Fieldset.Root>
      )}
      <ChoiceField label={name("type")} width="20rem" value={type} onChange={(to) => onChange(retyped(value, to))}>
        {inOrder(me.groups)
          .filter(({ group }) => !NO_NODES.has(group))
          .map(({ group }) => (
            <option key={group} value={group}>
              {t(`create.groups.${group}.name`, { defaultValue: group })}
            </option>
          ))}
      </ChoiceField>
      <DefinitionForm group={type} me={me} value={value} onChange={onChange} label={label} />
    </>
  );
}

/** A node of another type has none of what the former was given. */
function retyped(node: Json, type: string): Json {
  const { id, dependsOn } = node;
  return { id, ...(dependsOn === undefined ? {} : { dependsOn }), ...(type === DEFAULT_TYPE ? {} : { type }) };
}
