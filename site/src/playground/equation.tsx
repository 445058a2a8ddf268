/** The cell's equation for one unit at one step: in letters, with that step's numbers in their places, and what comes out. */

import type { ComponentChildren } from "preact";
import { type Activity, type GateTerms, termsOf } from "./activity.js";

/** Four digits, with a minus sign. */
export const digits = (value: number): string => String(Number(value.toPrecision(4))).replaceAll("-", "−");

const dot = <mo>·</mo>;
const plus = <mo>+</mo>;
const now = <mi>t</mi>;
/** Preact leaves attributes out whose value is the boolean. */
const no = "false" as never;

function Value({ of }: { of: number }) {
  const number = <mn>{digits(of)}</mn>;
  return of < 0 ? <Call>{number}</Call> : number;
}

const Sub = ({ of, at }: { of: string; at: ComponentChildren }) => (
  <msub>
    <mi>{of}</mi>
    <mrow>{at}</mrow>
  </msub>
);

/** `name(…)`, or brackets alone. */
const Call = ({ name, children }: { name?: string; children: ComponentChildren }) => (
  <mrow>
    {name !== undefined && <mi>{name}</mi>}
    <mo stretchy={no}>(</mo>
    {children}
    <mo stretchy={no}>)</mo>
  </mrow>
);

/** a·b + c·d */
const Products = (of: Record<"a" | "b" | "c" | "d", ComponentChildren>) => (
  <mrow>
    {of.a}
    {dot}
    {of.b}
    {plus}
    {of.c}
    {dot}
    {of.d}
  </mrow>
);

interface LineProps {
  readonly left: ComponentChildren;
  readonly letters: ComponentChildren;
  readonly numbers?: ComponentChildren;
  readonly value: number;
}

/** `left = letters = numbers = value`, which may break before each sign. */
const Line = ({ left, letters, numbers, value }: LineProps) => (
  <p class="equation">
    <math>
      {left}
      <mo>=</mo>
      {letters}
    </math>
    {numbers !== undefined && (
      <math>
        <mo>=</mo>
        {numbers}
      </math>
    )}
    <math>
      <mo>=</mo>
      <mn>{digits(value)}</mn>
    </math>
  </p>
);

const functions = { sigmoid: "σ", tanh: "tanh", relu: "relu" };

/** t − 1, or t + 1 for a direction that comes from the end. */
const Before = ({ of, seen }: { of: string; seen: Activity }) => (
  <Sub
    of={of}
    at={
      <>
        {now}
        <mo>{seen.isReverse ? "+" : "−"}</mo>
        <mn>1</mn>
      </>
    }
  />
);

/** A gate: what comes from below, and from the state before. `reset` is a GRU's r, where it scales the latter. */
function Gate({ gate, seen, reset }: { gate: GateTerms; seen: Activity; reset: number | null }) {
  const { name, through, x, r, value } = gate;
  const weighed = (from: "i" | "h", what: ComponentChildren) => (
    <mrow>
      <Sub of="W" at={<mi>{from + name}</mi>} />
      {what}
      {seen.hasBias && plus}
      {seen.hasBias && <Sub of="b" at={<mi>{from + name}</mi>} />}
    </mrow>
  );
  const recurrent = weighed("h", <Before of="h" seen={seen} />);
  const letters = (
    <Call name={functions[through]}>
      {weighed("i", <Sub of="x" at={now} />)}
      {plus}
      {reset !== null && <Sub of="r" at={now} />}
      {reset !== null && dot}
      {reset === null ? recurrent : <Call>{recurrent}</Call>}
    </Call>
  );
  const numbers = (
    <Call name={functions[through]}>
      <Value of={x} />
      {plus}
      {reset !== null && <Value of={reset} />}
      {reset !== null && dot}
      <Value of={r} />
    </Call>
  );
  return <Line left={<Sub of={name} at={now} />} letters={letters} numbers={numbers} value={value} />;
}

/** c and h of an LSTM. */
function Cell({ seen, step, unit }: { seen: Activity; step: number; unit: number }) {
  const { gates, cBefore, c, h, unprojected } = termsOf(seen, step, unit);
  const [i, f, g, o] = gates.map(({ value }) => value);
  const at = (name: string) => <Sub of={name} at={now} />;
  if (c === null) return null;
  return (
    <>
      <Line
        left={at("c")}
        letters={<Products a={at("f")} b={<Before of="c" seen={seen} />} c={at("i")} d={at("g")} />}
        numbers={<Products a={<Value of={f} />} b={<Value of={cBefore} />} c={<Value of={i} />} d={<Value of={g} />} />}
        value={c}
      />
      <Line
        left={at(seen.isProjected ? "m" : "h")}
        letters={
          <>
            {at("o")}
            {dot}
            <Call name="tanh">{at("c")}</Call>
          </>
        }
        numbers={
          <>
            <Value of={o} />
            {dot}
            <Call name="tanh">
              <mn>{digits(c)}</mn>
            </Call>
          </>
        }
        value={unprojected ?? h ?? Number.NaN}
      />
      {seen.isProjected && h !== null && (
        <Line
          left={at("h")}
          letters={
            <>
              <Sub of="W" at={<mi>hr</mi>} />
              {at("m")}
            </>
          }
          value={h}
        />
      )}
    </>
  );
}

export function Equation({ seen, step, unit }: { seen: Activity; step: number; unit: number }) {
  const { gates, hBefore, h } = termsOf(seen, step, unit);
  const [r, z, n] = gates.map(({ value }) => value);
  const at = (name: string) => <Sub of={name} at={now} />;
  const oneMinus = (what: ComponentChildren) => (
    <Call>
      <mn>1</mn>
      <mo>−</mo>
      {what}
    </Call>
  );
  return (
    <div class="equations">
      {gates.map((gate) => (
        <Gate key={gate.name} gate={gate} seen={seen} reset={gate.name === "n" ? r : null} />
      ))}
      <Cell seen={seen} step={step} unit={unit} />
      {seen.mode === "GRU" && (
        <Line
          left={at("h")}
          letters={<Products a={oneMinus(at("z"))} b={at("n")} c={at("z")} d={<Before of="h" seen={seen} />} />}
          numbers={
            <Products
              a={oneMinus(<Value of={z} />)}
              b={<Value of={n} />}
              c={<Value of={z} />}
              d={<Value of={hBefore ?? Number.NaN} />}
            />
          }
          value={h ?? Number.NaN}
        />
      )}
    </div>
  );
}
