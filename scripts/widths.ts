/** The vectors that native/binding.gyp compiles for: how many bytes they have, and what a compiler is told on x64. */

export const widths: Readonly<Record<string, { readonly bytes: number; readonly flags: readonly string[] }>> = {
  sse2: { bytes: 16, flags: [] },
  neon: { bytes: 16, flags: [] },
  avx2: { bytes: 32, flags: ["-mavx2", "-mfma"] },
  avx512: { bytes: 64, flags: ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mfma"] },
};
