/**
 * Pickles: a fixed list of opcodes, each a line of what the unpickler does.
 *
 * Refused: the text opcodes of protocols 0 and 1, extensions, classes, and whatever else is not in the list.
 * Source: Lib/pickletools.py of CPython, torch/_weights_only_unpickler.py.
 */

import type { Unpickler } from "./unpickler.js";

const wholeBytes = (bytes: Uint8Array): bigint => {
  const value = bytes.reduceRight<bigint>((higher, byte) => (higher << 8n) | BigInt(byte), 0n);
  return BigInt.asIntN(8 * bytes.length, value);
};

/** A number where that is exact, else a bigint. */
const whole = (value: bigint): number | bigint =>
  BigInt.asIntN(54, value) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value;

const opcodes: Readonly<Record<number, (unpickler: Unpickler) => void>> = {
  128: (m) => protocol(m), // PROTO
  149: (m) => m.frame(), // FRAME
  40: (m) => m.mark(), // MARK
  99: (m) => m.global(m.line(), m.line()), // GLOBAL
  147: (m) => stackGlobal(m), // STACK_GLOBAL
  82: (m) => m.call(), // REDUCE
  129: (m) => m.call(), // NEWOBJ
  146: (m) => newWithKeywords(m), // NEWOBJ_EX
  98: (m) => m.build(), // BUILD
  81: (m) => m.persistent(), // BINPERSID
  125: (m) => m.open(new Map()), // EMPTY_DICT
  93: (m) => m.open([]), // EMPTY_LIST
  143: (m) => m.open(new Set()), // EMPTY_SET
  41: (m) => m.tuple([]), // EMPTY_TUPLE
  116: (m) => m.tuple(m.marked()), // TUPLE
  133: (m) => m.tuple([m.pop()]), // TUPLE1
  134: (m) => m.tuple(m.last(2)), // TUPLE2
  135: (m) => m.tuple(m.last(3)), // TUPLE3
  97: (m) => m.append([m.pop()]), // APPEND
  101: (m) => m.append(m.marked()), // APPENDS
  115: (m) => m.setItems(m.last(2)), // SETITEM
  117: (m) => m.setItems(m.marked()), // SETITEMS
  144: (m) => m.addItems(m.marked()), // ADDITEMS
  145: (m) => frozenSet(m), // FROZENSET
  113: (m) => m.remember(m.byte()), // BINPUT
  114: (m) => m.remember(m.word()), // LONG_BINPUT
  148: (m) => m.remember(), // MEMOIZE
  104: (m) => m.recall(m.byte()), // BINGET
  106: (m) => m.recall(m.word()), // LONG_BINGET
  78: (m) => m.push(null), // NONE
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  74: (m) => m.push(m.word() | 0), // BININT
  75: (m) => m.push(m.byte()), // BININT1
  77: (m) => m.push(m.byte() | (m.byte() << 8)), // BININT2
  138: (m) => m.push(whole(wholeBytes(m.take(m.byte())))), // LONG1
  71: (m) => m.push(m.float()), // BINFLOAT
  88: (m) => m.push(m.text(m.word())), // BINUNICODE
  140: (m) => m.push(m.text(m.byte())), // SHORT_BINUNICODE
  141: (m) => m.push(m.text(m.length64())), // BINUNICODE8
  84: (m) => m.push(m.text(m.word())), // BINSTRING
  85: (m) => m.push(m.text(m.byte())), // SHORT_BINSTRING
  66: (m) => m.push(m.blob(m.word())), // BINBYTES
  67: (m) => m.push(m.blob(m.byte())), // SHORT_BINBYTES
  142: (m) => m.push(m.blob(m.length64())), // BINBYTES8
  150: (m) => m.push(m.blob(m.length64())), // BYTEARRAY8
};

function frozenSet(m: Unpickler): void {
  const items = m.marked();
  m.open(new Set());
  m.addItems(items);
}

function stackGlobal(m: Unpickler): void {
  const [module, name] = m.last(2);
  if (typeof module !== "string" || typeof name !== "string") m.refuse("names a global by what is no text");
  m.global(module, name);
}

/** Arguments and keywords, which nothing that is known here takes: as if they were the last argument. */
function newWithKeywords(m: Unpickler): void {
  const [args, keywords] = m.last(2);
  if (!Array.isArray(args)) m.refuse("makes an object of what is no tuple");
  m.tuple(keywords instanceof Map && keywords.size === 0 ? args : [...args, keywords]);
  m.call();
}

function protocol(m: Unpickler): void {
  const version = m.byte();
  if (version < 2 || version > 5) m.refuse(`has protocol ${version}; 2 to 5 are supported`);
}

/** Runs the pickle at which the unpickler stands, and returns its value. */
export function runPickle(unpickler: Unpickler): unknown {
  unpickler.begin();
  for (let opcode = unpickler.opcode(); opcode !== 0x2e; opcode = unpickler.opcode()) {
    const step = opcodes[opcode];
    if (step === undefined) unpickler.refuse(`has the opcode 0x${opcode.toString(16)}, which is not supported`);
    step(unpickler);
  }
  return unpickler.end();
}
