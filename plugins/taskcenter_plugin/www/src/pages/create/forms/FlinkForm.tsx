import { Flex } from "@chakra-ui/react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { GatewayUseOut, ParamOut } from "src/api/schema";

import { withField, type Json } from "../draft";
import { usePaused } from "../useStored";
import { textOf } from "../values";
import { ChoiceField } from "./fields";
import { hlinkJobs } from "./jobLists";
import { JobPicker } from "./JobPicker";
import { CodeField, ParamField, ParamsForm } from "./ParamsForm";
import { More } from "./StatementForm";
import type { FormProps } from "./types";
import { useLabel } from "./useLabel";
import { WhyNoList } from "./whyNot";

const KINDS = { hlink: ["jobId", "jobCode", "jobName"], sql: ["sql"], jar: ["jarId"] } as const;
type Kind = keyof typeof KINDS;
const OF_JARS = ["entryClass", "arguments", "parallelism", "savepointPath"];
const WAITING = ["waitUntil", "stableSeconds"];

type Props = FormProps & { params: readonly ParamOut[]; use: GatewayUseOut };

/** A Flink job: one that Hlink has, SQL, or a program in an uploaded jar. */
export function FlinkForm({ value, onChange, params, use }: Props) {
  const { t } = useTranslation();
  const name = useLabel();
  const [chosen, setChosen] = useState<Kind>();
  const kind = kindOf(value) ?? chosen ?? "hlink";
  const these = (...names: readonly string[]) => params.filter((param) => names.includes(param.name));
  const connection = usePaused(textOf(value["connection"])) || undefined;
  return (
    <Flex direction="column" gap={3} minW={0}>
      <ChoiceField
        label={name("flink")}
        width="20rem"
        value={kind}
        onChange={(to) => {
          setChosen(to as Kind);
          onChange(ofKind(value, to as Kind));
        }}
      >
        {(Object.keys(KINDS) as Kind[]).map((each) => (
          <option key={each} value={each}>
            {t(`create.flink.${each}`)}
          </option>
        ))}
      </ChoiceField>
      {kind === "hlink" ? (
        <>
          <WhyNoList system="Hlink" use={use} />
          {use.on && use.read ? (
            <JobPicker
              label={t("create.hlinkJobs")}
              scope={["hlink", connection]}
              find={(q, signal) => hlinkJobs(q, connection, signal)}
              picked={textOf(value["jobId"])}
              onPick={({ id }) => onChange({ ...ofKind(value, "hlink", false), jobId: id })}
            />
          ) : null}
          <ParamsForm value={value} onChange={onChange} params={these(...KINDS.hlink)} />
        </>
      ) : null}
      {kind === "sql" ? (
        <CodeField label={name("sql")} runType="sql" value={textOf(value["sql"])} onChange={(sql) => onChange({ ...value, sql })} />
      ) : null}
      {kind === "jar" ? (
        <Flex gap={3} flexWrap="wrap">
          {these("jarId").map((param) => (
            <ParamField key={param.name} param={param} value={value["jarId"]} onChange={(jarId) => onChange({ ...value, jarId: jarId ?? "" })} />
          ))}
          <ParamsForm value={value} onChange={onChange} params={these(...OF_JARS)} />
        </Flex>
      ) : null}
      <ParamsForm value={value} onChange={onChange} params={these(...WAITING)} />
      <More label={name("flink")} open={value["connection"] !== undefined || value["configuration"] !== undefined}>
        <ParamsForm value={value} onChange={onChange} params={these("connection", ...(kind === "hlink" ? [] : ["configuration"]))} />
      </More>
    </Flex>
  );
}

function kindOf(value: Json): Kind | undefined {
  return (Object.keys(KINDS) as Kind[]).find((kind) => KINDS[kind].some((field) => value[field] !== undefined));
}

/** Without what belongs to jobs of the other kinds; `start`: with the field that tells this kind from the others. */
function ofKind(value: Json, kind: Kind, start = true): Json {
  const gone = [...Object.values(KINDS).flat(), ...(kind === "jar" ? [] : OF_JARS), ...(kind === "hlink" ? ["configuration"] : [])];
  const rest = gone.reduce((left, field) => withField(left, field, undefined), value);
  return start && kind !== "hlink" ? { ...rest, [KINDS[kind][0]]: "" } : rest;
}
