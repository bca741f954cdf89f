import { Flex } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { GatewayUseOut, ParamOut } from "src/api/schema";

import { withField } from "../draft";
import { textOf } from "../values";
import { ExchangisPicker } from "./ExchangisPicker";
import { ParamsForm } from "./ParamsForm";
import { More } from "./StatementForm";
import type { FormProps } from "./types";

const BY_NAME = ["project", "job"];

type Props = FormProps & { params: readonly ParamOut[]; use: GatewayUseOut };

/** One job of Exchangis: picked from a list, or by its id, or by its name in a project. */
export function ExchangisForm({ value, onChange, params, use }: Props) {
  const { t } = useTranslation();
  const these = (...names: readonly string[]) => params.filter(({ name }) => names.includes(name));
  return (
    <Flex direction="column" gap={3} minW={0}>
      <ExchangisPicker
        use={use}
        connection={textOf(value["connection"])}
        picked={textOf(value["jobId"])}
        onJob={({ id }) => onChange({ ...BY_NAME.reduce((rest, name) => withField(rest, name, undefined), value), jobId: id })}
      />
      <ParamsForm value={value} onChange={onChange} params={these("jobId")} />
      <More label={t("create.exchangisJob")} open={["project", "job", "connection"].some((name) => value[name] !== undefined)}>
        <ParamsForm value={value} onChange={onChange} params={these(...BY_NAME, "connection")} />
      </More>
    </Flex>
  );
}
