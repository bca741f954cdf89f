import { expect, test } from "vitest";

import { isoOf } from "src/parts/serverTimes";

test("the server's times become moments", () => {
  expect(isoOf("2026-03-05 15:01:02", "UTC")).toBe("2026-03-05T15:01:02Z");
  expect(isoOf("2026-03-05 15:01:02", "Asia/Shanghai")).toBe("2026-03-05T07:01:02Z");
  expect(isoOf("2026-01-01 01:00:00", "Asia/Shanghai")).toBe("2025-12-31T17:00:00Z");
  expect(isoOf(null, "UTC")).toBeNull();
  expect(isoOf("soon", "UTC")).toBeNull();
});

test("summer time begins and ends where the zone has it", () => {
  expect(isoOf("2026-03-29 01:59:59", "Europe/Berlin")).toBe("2026-03-29T00:59:59Z");
  expect(isoOf("2026-03-29 03:00:00", "Europe/Berlin")).toBe("2026-03-29T01:00:00Z");
  expect(isoOf("2026-10-25 01:59:59", "Europe/Berlin")).toBe("2026-10-24T23:59:59Z");
  expect(isoOf("2026-10-25 03:00:00", "Europe/Berlin")).toBe("2026-10-25T02:00:00Z");
});
