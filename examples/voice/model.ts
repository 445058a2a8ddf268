/**
 * Silero VAD, 16 kHz: how likely it is that somebody speaks. A Fourier transform as a convolution, four convolutions over
 * time, one step of an LSTM, one linear unit. The names are PyTorch's, as the .onnx file has kept them.
 *
 * Source: https://github.com/snakers4/silero-vad (MIT)
 */

import { nn, noGrad, type Tensor, tensor, zeros } from "elman-nn";
import { onnxTensors } from "elman-nn/convert";
import { chunk } from "./sound.js";

/** Samples of the chunk before that the net sees again. */
export const context = 64;

class STFT extends nn.Module {
  readonly forward_basis_buffer = new nn.Buffer(zeros(258, 1, 256));

  /** Samples `[N, 576]` to the magnitudes of 129 frequencies at 4 times, `[N, 129, 4]`. */
  override forward(samples: Tensor): Tensor {
    const padded = nn.functional.pad(samples.unsqueeze(1), [0, 64], { mode: "reflect" });
    const parts = nn.functional.conv1d(padded, this.forward_basis_buffer, null, { stride: 128 });
    const [real, imaginary] = parts.split(129, 1);
    return real.mul(real).add(imaginary.mul(imaginary)).sqrt();
  }
}

class Block extends nn.Module {
  readonly reparam_conv: nn.Conv1d;

  constructor(inChannels: number, outChannels: number, stride: number) {
    super();
    this.reparam_conv = new nn.Conv1d(inChannels, outChannels, 3, { stride, padding: 1 });
  }

  override forward(x: Tensor): Tensor {
    return this.reparam_conv.forward(x).relu();
  }
}

class Decoder extends nn.Module {
  readonly rnn = new nn.LSTMCell(128, 128);
  readonly decoder = new nn.Sequential(new nn.Dropout(0.1), new nn.ReLU(), new nn.Conv1d(128, 1, 1), new nn.Sigmoid());

  /** Features `[N, 128]` to probabilities `[N]`, and the state for the next chunk. */
  override forward(x: Tensor, state: nn.LSTMState | null): [Tensor, nn.LSTMState] {
    const [h, c] = this.rnn.forward(x, state);
    return [this.decoder.forward(h.unsqueeze(2)).flatten(), [h, c]];
  }
}

export class SileroVAD extends nn.Module {
  readonly stft = new STFT();
  readonly encoder = new nn.Sequential(
    new Block(129, 128, 1),
    new Block(128, 64, 2),
    new Block(64, 64, 2),
    new Block(64, 128, 1),
  );
  readonly decoder = new Decoder();

  /** Chunks with their contexts `[N, 576]` to probabilities `[N]`, and the state for the next ones. */
  override forward(samples: Tensor, state: nn.LSTMState | null = null): [Tensor, nn.LSTMState] {
    return this.decoder.forward(this.encoder.forward(this.stft.forward(samples)).squeeze(2), state);
  }

  /** The net with the weights of an .onnx file, for inference. */
  static fromOnnx(bytes: Uint8Array): SileroVAD {
    const net = new SileroVAD().eval();
    const weights = [...onnxTensors(bytes)].map(([name, x]) => [name.replace(/^model\./, ""), x] as const);
    net.loadStateDict(new Map(weights));
    return net;
  }
}

/** One sound, chunk by chunk: carries the state, and the end of the chunk before. */
export class Listener {
  #state: nn.LSTMState | null = null;
  readonly #heard = new Float32Array(context + chunk);

  constructor(readonly net: SileroVAD) {}

  /** @returns the probability that somebody speaks in these 512 samples between -1 and 1 */
  hear(samples: Float32Array): number {
    this.#heard.copyWithin(0, chunk);
    this.#heard.set(samples, context);
    return noGrad(() => {
      const [probability, state] = this.net.forward(tensor(this.#heard, [1, context + chunk]), this.#state);
      this.#state = state;
      return probability.item();
    });
  }
}
