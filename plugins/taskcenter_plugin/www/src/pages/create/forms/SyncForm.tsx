import { Flex, Text } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { GatewayUseOut, ParamOut } from "src/api/schema";

import { withField } from "../draft";
import { idOf, linesOf, linesText, textOf } from "../values";
import { ExchangisPicker } from "./ExchangisPicker";
import { LinesField } from "./fields";
import { ParamsForm } from "./ParamsForm";
import type { FormProps } from "./types";
import { useLabel } from "./useLabel";

type Props = FormProps & { params: readonly ParamOut[]; use: GatewayUseOut };

/** All jobs of an Exchangis project, or some jobs by their ids. */
export function SyncForm({ value, onChange, params, use }: Props) {
  const { t } = useTranslation();
  const name = useLabel();
  const these = (...names: readonly string[]) => params.filter((param) => names.includes(param.name));
  const jobs = linesOf(linesText(value["jobs"]))?.map(idOf);
  return (
    <Flex direction="column" gap={3} minW={0}>
      <Text fontSize="sm" color="fg.muted">
        {t("create.sync")}
      </Text>
      <ExchangisPicker
        use={use}
        connection={textOf(value["connection"])}
        project={textOf(value["project"])}
        picked=""
        onProject={({ id }) => onChange(withField({ ...value, project: id }, "jobs", undefined))}
      />
      <Flex gap={3} flexWrap="wrap">
        <ParamsForm value={value} onChange={onChange} params={these("project")} />
        <LinesField
          label={name("jobs")}
          width="16rem"
          help={t("create.lineEach")}
          value={jobs?.map(String)}
          onChange={(lines) => onChange(withField(value, "jobs", (lines as string[] | undefined)?.map(idOf)))}
        />
      </Flex>
      <ParamsForm value={value} onChange={onChange} params={these("connection")} />
    </Flex>
  );
}
