/** A table of vectors. Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html */

import { checkOptions } from "../../base/errors.js";
import type { FloatDType } from "../../device/value.js";
import { noGrad } from "../../tensor/autograd.js";
import { zeros } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkSizes, paddingRow } from "../checks.js";
import { embedding } from "../functional/index.js";
import { normal_ } from "../init.js";
import { Parameter } from "../module.js";
import { Rowwise } from "./rowwise.js";

/** Options of `Embedding`. */
export interface EmbeddingModuleOptions {
  /** The row that starts as zeros and whose gradient stays zero; negative counts from the back. */
  paddingIdx?: number | null;
  /** Default float32. */
  dtype?: FloatDType;
}

/**
 * A table of `numEmbeddings` vectors of `embeddingDim` numbers, looked up by int32 numbers.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html
 */
export class Embedding extends Rowwise {
  static override name = "Embedding";

  /** The row that is not trained, counted from the front; or null. */
  readonly paddingIdx: number | null;
  /** `[numEmbeddings, embeddingDim]` */
  weight: Parameter;

  /**
   * @param numEmbeddings rows of the table: input is 0 … numEmbeddings − 1
   * @param embeddingDim numbers in each row
   */
  constructor(
    readonly numEmbeddings: number,
    readonly embeddingDim: number,
    options: EmbeddingModuleOptions = {},
  ) {
    super();
    checkOptions("Embedding.__init__()", options, ["paddingIdx", "dtype"]);
    checkSizes({ num_embeddings: numEmbeddings, embedding_dim: embeddingDim });
    this.paddingIdx = paddingRow(options.paddingIdx ?? null, numEmbeddings);
    this.weight = new Parameter(zeros([numEmbeddings, embeddingDim], { dtype: options.dtype ?? "float32" }));
    this.resetParameters();
  }

  /** Draws the table from N(0, 1); the padding row is zeros. */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) noGrad(() => this.weight.select(0, paddingIdx).zero_());
  }

  /**
   * int32 `[…]` → `[…, embeddingDim]`
   * @param input row numbers
   */
  protected override ofRows(input: Tensor): Tensor {
    return embedding(input, this.weight, { paddingIdx: this.paddingIdx });
  }

  protected override extraRepr(): string {
    const padding = this.paddingIdx === null ? "" : `, padding_idx=${this.paddingIdx}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}`;
  }
}
