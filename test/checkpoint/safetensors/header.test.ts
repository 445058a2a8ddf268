import { describe, expect, it } from "vitest";
import { budgetFor } from "../../../src/checkpoint/bytes/budget.js";
import { parseHeader } from "../../../src/checkpoint/safetensors/header.js";
import { refusal } from "../archives.js";

const parse = (text: string) => parseHeader("file", text, budgetFor("file", text.length, undefined));
const entry = '{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}';

describe("parseHeader", () => {
  it("keeps names, their order, and metadata", () => {
    const { entries, metadata } = parse(
      ` {"__metadata__": {"format":"pt","é\\n\\u00e9":""}, "10": ${entry}, "__proto__": ${entry}, "2":\n${entry} }   `,
    );
    expect([...entries.keys()]).toEqual(["10", "__proto__", "2"]);
    expect(entries.get("__proto__")).toEqual({ dtype: "F32", shape: [2, 3], begin: 0, end: 24 });
    expect([...metadata]).toEqual([
      ["format", "pt"],
      ["é\né", ""],
    ]);
    expect(parse("{}").entries.size).toBe(0);
  });

  it.each([
    ["", "no JSON"],
    ["{", "no JSON"],
    ["[]", "no JSON object"],
    [`{"a":${entry}}x`, "no JSON"],
    [`{"a":${entry},}`, "no JSON"],
    [`{"a" ${entry}}`, "no JSON"],
    [`{"a":${entry} "b":${entry}}`, "no JSON"],
    [`{"a":{"dtype":"U8",${entry.slice(1)}}`, "has the key 'dtype' twice"],
    [`{"a":{"\\u0064type":"U8",${entry.slice(1)}}`, "has the key 'dtype' twice"],
    [`{"a":{},"a":${entry}}`, "tensor 'a' needs"],
    ['{"a":1}', "'a' is no JSON object"],
    ['{"a":"unended', "no JSON"],
    ['{"a\\q":1}', "no JSON"],
    ['{"__metadata__":{"a":1}}', "__metadata__ 'a' is no string"],
    ['{"a":{"dtype":"F32","shape":[2]}}', "tensor 'a' needs"],
    ['{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}', "tensor 'a' needs"],
    ['{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}', "tensor 'a' needs"],
    ['{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', "tensor 'a' needs"],
    ['{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}', "tensor 'a' needs"],
    ['{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8.0]}}', "tensor 'a' needs"],
    ['{"a":{"dtype":"F32","shape":[2],"data_offsets":[-0,8]}}', "tensor 'a' needs"],
    ['{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}', "tensor 'a' needs"],
    ['{"a":{"dtype":"F32","shape":[1.],"data_offsets":[0,4]}}', "no JSON"],
    ['{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}', "tensor 'a' needs"],
    ['{"a":[[[[[[1]]]]]]}', "'a' is no JSON object"],
    ['{"a":true}', "'a' is no JSON object"],
    ['{"a":null}', "'a' is no JSON object"],
    ['{"__metadata__":null,"__metadata__":{}}', "has the key '__metadata__' twice"],
    ['{"__metadata__":{"a":null}}', "__metadata__ 'a' is no string"],
    ['{"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}', "no JSON"],
    ['{"\\ud800":1}', "no JSON as safetensors has it"],
    ['{"a":{"x":["\\ud800"]}}', "half a character"],
  ])("refuses %s", async (text, sentence) => {
    expect(await refusal(() => parse(text))).toContain(sentence);
  });

  it("takes what the reference of 0.8.0 takes: no metadata, more keys than are needed, space before the brace", () => {
    const more = `{"x":[1.5,true,null,{"q":-1e5}],${entry.slice(1)}`;
    const { entries, metadata } = parse(`\n\t\r {"__metadata__":null,"a":${more}}`);
    expect([...entries]).toEqual([["a", { dtype: "F32", shape: [2, 3], begin: 0, end: 24 }]]);
    expect(metadata.size).toBe(0);
  });

  it("takes the last of what comes again, as the reference does", () => {
    const before = '{"x":1,"x":2,"dtype":"U8","shape":[9],"data_offsets":[7,8]}';
    const metadata = '"__metadata__":{"a":"b","\\u0061":"c"}';
    const read = parse(`{"a":${before},${metadata},"b":${before},"\\u0061":${entry}}`);
    expect([...read.entries]).toEqual([
      ["a", { dtype: "F32", shape: [2, 3], begin: 0, end: 24 }],
      ["b", { dtype: "U8", shape: [9], begin: 7, end: 8 }],
    ]);
    expect([...read.metadata]).toEqual([["a", "c"]]);
  });

  it("refuses far more values than the text is long", async () => {
    const text = `{"a":{"shape":[${"1,".repeat(3_000_000)}1]}}`;
    expect(await refusal(() => parse(text))).toContain("the header takes more than");
  });
});
