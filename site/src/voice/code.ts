/** The net as the page shows it; a test runs these lines beside examples/voice/model.ts. */
export const code = `\
const padded = nn.functional.pad(samples, [0, 64], { mode: "reflect" });
const [re, im] = nn.functional.conv1d(padded, basis, null, { stride: 128 }).split(129, 1);
const features = encoder.forward(re.mul(re).add(im.mul(im)).sqrt());
[h, c] = lstm.forward(features.squeeze(2), [h, c]);
const probability = decoder.forward(h.unsqueeze(2)).item();
`;
