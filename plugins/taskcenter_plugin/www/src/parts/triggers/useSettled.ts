import { useEffect, useState } from "react";

/** A value once it has stayed as it is for so many milliseconds. */
export function useSettled<Value extends string>(value: Value, pause: number): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    if (pause === 0) return setSettled(value);
    const timer = setTimeout(() => setSettled(value), pause);
    return () => clearTimeout(timer);
  }, [value, pause]);
  return settled;
}
