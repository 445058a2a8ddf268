/** elman-nn/data: samples to batches. Names only. @packageDocumentation */

export { truncatedBPTT } from "./bptt.js";
export { type Collated, defaultCollate, type PadCollateOptions, type Padded, padCollate } from "./collate.js";
export { type Dataset, randomSplit, type Source, Subset, TensorDataset } from "./dataset.js";
export { DataLoader, type DataLoaderOptions, type LoaderState } from "./loader.js";
