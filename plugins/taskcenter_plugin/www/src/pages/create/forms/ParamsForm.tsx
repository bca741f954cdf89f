import { Flex } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { ParamOut } from "src/api/schema";
import { Code } from "src/parts/code";

import { withField } from "../draft";
import { idOf, numberOf, textOf } from "../values";
import { ChoiceField, JsonField, LinesField, ParsedField, SwitchField, TextField } from "./fields";
import type { FormProps } from "./types";
import { useLabel } from "./useLabel";

const LINES = new Set(["to", "arguments"]);
const WITH_RUN_TYPE: Record<string, string> = { sql: "sql", body: "html" };

type Props = FormProps & { params: readonly ParamOut[]; runType?: string };

/** A field for each parameter that a group tells of. */
export function ParamsForm({ value, onChange, params }: Props) {
  const set = (name: string, to: unknown) => onChange(withField(value, name, to));
  return (
    <Flex gap={3} flexWrap="wrap">
      {params.map((param) => (
        <ParamField key={param.name} param={param} value={value[param.name]} onChange={(to) => set(param.name, to)} />
      ))}
    </Flex>
  );
}

type OneProps = { param: ParamOut; value: unknown; onChange: (value: unknown) => void };

export function ParamField({ param, value, onChange }: OneProps) {
  const { t } = useTranslation();
  const label = useLabel()(param.name);
  const unless = param.default === null ? "" : String(param.default);
  const common = { label, required: param.required, placeholder: unless, value, onChange };
  if (param.choices !== null || param.kind === "SWITCH") {
    if (param.kind === "SWITCH") return <SwitchField label={label} value={value === undefined ? param.default === true : value === true} onChange={onChange} />;
    return (
      <ChoiceField label={label} width="16rem" value={textOf(value)} onChange={onChange}>
        <option value="">{unless === "" ? t("create.notGiven") : t("create.default", { value: unless })}</option>
        {(param.choices ?? []).filter((each) => each !== unless).map((each) => (
          <option key={each}>{each}</option>
        ))}
      </ChoiceField>
    );
  }
  switch (param.kind) {
    case "NUMBER":
      return <ParsedField {...common} parse={numberOf} inputMode="decimal" width="10rem" />;
    case "ID":
      return <ParsedField {...common} parse={idOf} width="16rem" />;
    case "CODE":
      return <CodeField label={label} value={textOf(value)} onChange={onChange} runType={WITH_RUN_TYPE[param.name] ?? "sql"} />;
    case "OBJECT":
      return <JsonField {...common} help={t("create.jsonObject")} />;
    case "LIST":
      return LINES.has(param.name) ? <LinesField {...common} help={t("create.lineEach")} /> : <JsonField {...common} help={t("create.jsonList")} />;
    default:
      return <TextField {...common} value={textOf(value)} onChange={onChange} width={param.name === "url" ? "100%" : "20rem"} />;
  }
}

type CodeProps = { label: string; value: string; onChange: (value: string) => void; runType: string; error?: string | undefined };

/** Code with its label above. */
export function CodeField({ label, value, onChange, runType }: CodeProps) {
  return (
    <Flex direction="column" gap={1} width="100%" minW={0}>
      <Flex as="span" fontSize="sm" fontWeight="medium" aria-hidden>
        {label}
      </Flex>
      <Code label={label} value={value} onChange={onChange} runType={runType} />
    </Flex>
  );
}
