/** A line chart as a part of a page. What draws it is fetched when it is first shown. */

import { useEffect, useRef } from "preact/hooks";
import type { LineChart as Drawn, LineChartOptions, LineData } from "./line.js";

/** Options are read once: give it another `key` for others. */
export function LineChart({ options, data }: { options: LineChartOptions; data: LineData }) {
  const target = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn | null>(null);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    let closed = false;
    import("./line.js").then(({ lineChart }) => {
      if (closed || target.current === null) return;
      drawn.current = lineChart(target.current, options);
      drawn.current.show(latest.current);
    });
    return () => {
      closed = true;
      drawn.current?.close();
    };
  }, []);
  useEffect(() => drawn.current?.show(data), [data]);
  return <div ref={target} style={{ minHeight: `${options.height}px` }} />;
}
