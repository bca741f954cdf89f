import { Box, Button, Flex } from "@chakra-ui/react";
import { useId, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { ParamOut } from "src/api/schema";

import { withField, type Json } from "../draft";
import { textOf } from "../values";
import { ChoiceField, TextField } from "./fields";
import { CodeField, ParamField } from "./ParamsForm";
import type { FormProps } from "./types";
import { useLabel } from "./useLabel";

/** By run type, the engine that is usual for it. */
export const ENGINES: Record<string, string> = {
  sql: "spark-3.2.1",
  py: "spark-3.2.1",
  scala: "spark-3.2.1",
  hql: "hive-2.3.3",
  python: "python-python2",
  shell: "shell-1",
  jdbc: "jdbc-4",
};
const DEFAULT_RUN_TYPE = "sql";
const OWN = new Set(["code", "scriptPath", "runType", "engineType"]);

type Props = FormProps & { label: string; params: readonly ParamOut[] };

/** One Linkis job: its code, and what runs it. `params`: all that the group tells of. */
export function StatementForm({ value, onChange, params, label }: Props) {
  const { t } = useTranslation();
  const name = useLabel();
  const stored = value["scriptPath"] !== undefined; // empty, too
  const before = useRef<Json>({});
  const runType = textOf(value["runType"]) || DEFAULT_RUN_TYPE;
  const set = (field: string, to: unknown) => onChange(withField(value, field, to));
  return (
    <Flex direction="column" gap={3} minW={0}>
      <Flex gap={3} flexWrap="wrap">
        <ChoiceField
          label={name("source")}
          width="14rem"
          value={stored ? "file" : "code"}
          onChange={(to) => {
            const { code, scriptPath, ...rest } = value;
            const other = before.current; // what was typed before, should one come back to it
            before.current = { code, scriptPath };
            onChange(to === "file" ? { ...rest, scriptPath: other["scriptPath"] ?? "" } : withField(rest, "code", other["code"]));
          }}
        >
          <option value="code">{t("create.source.code")}</option>
          <option value="file">{t("create.source.file")}</option>
        </ChoiceField>
        <TextField
          label={name("runType")}
          width="10rem"
          value={textOf(value["runType"])}
          placeholder={DEFAULT_RUN_TYPE}
          suggestions={Object.keys(ENGINES)}
          onChange={(to) => onChange(withRunType(value, to))}
        />
        <TextField
          label={name("engineType")}
          width="14rem"
          value={textOf(value["engineType"])}
          placeholder={ENGINES[DEFAULT_RUN_TYPE]!}
          suggestions={[...new Set(Object.values(ENGINES))]}
          onChange={(to) => set("engineType", to)}
        />
      </Flex>
      {stored ? (
        <TextField label={name("scriptPath")} required mono value={textOf(value["scriptPath"])} onChange={(to) => onChange({ ...value, scriptPath: to })} />
      ) : (
        <CodeField label={`${label}: ${name("code")}`} value={textOf(value["code"])} onChange={(to) => set("code", to)} runType={runType} />
      )}
      <More open={params.some((param) => !OWN.has(param.name) && value[param.name] !== undefined)} label={label}>
        {params
          .filter((param) => !OWN.has(param.name))
          .map((param) => (
            <ParamField key={param.name} param={param} value={value[param.name]} onChange={(to) => set(param.name, to)} />
          ))}
      </More>
    </Flex>
  );
}

/** Another run type, with the engine that is usual for it unless one of one's own was chosen. */
export function withRunType(value: Json, runType: string): Json {
  const before = textOf(value["runType"]) || DEFAULT_RUN_TYPE;
  const engine = value["engineType"];
  const next = withField(value, "runType", runType);
  if (engine !== undefined && engine !== ENGINES[before]) return next;
  const usual = ENGINES[runType || DEFAULT_RUN_TYPE];
  if (usual === undefined) return next;
  return withField(next, "engineType", usual === ENGINES[DEFAULT_RUN_TYPE] ? undefined : usual);
}

/** What is seldom needed, behind a button. */
export function More({ open, label, children }: { open: boolean; label: string; children: ReactNode }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(open);
  const [wasShown, setWasShown] = useState(open); // many steps have fields that nobody looks at: they are made when they are asked for
  const id = useId();
  const toggle = () => {
    setShown(!shown);
    setWasShown(true);
  };
  return (
    <Box>
      <Button size="xs" variant="ghost" aria-expanded={shown} aria-controls={id} aria-label={`${label}: ${t("create.more")}`} onClick={toggle}>
        {shown ? "▾" : "▸"} {t("create.more")}
      </Button>
      <Flex id={id} hidden={!shown} display={shown ? "flex" : "none"} gap={3} flexWrap="wrap" pt={2}>
        {wasShown ? children : null}
      </Flex>
    </Box>
  );
}
