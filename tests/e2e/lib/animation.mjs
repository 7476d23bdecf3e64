import { readFile, writeFile } from "node:fs/promises";
import gifenc from "gifenc";
import { PNG } from "pngjs";

const { GIFEncoder, applyPalette, quantize } = gifenc;
/** A GIF has 256 colours; one of them stands for "as before", which is most of every picture. */
const colors = 255;

/**
 * Makes an animated GIF, which goes round and round, of pictures of the same size.
 *
 * @param {string} path
 * @param {{ picture: string, milliseconds: number }[]} frames each picture's file, and how long it is seen
 */
export async function writeAnimation(path, frames) {
  const images = await Promise.all(frames.map(async ({ picture }) => PNG.sync.read(await readFile(picture))));
  const palette = quantize(Buffer.concat(images.map(({ data }) => data)), colors);
  const encoder = GIFEncoder();
  let before;
  for (const [index, { width, height, data }] of images.entries()) {
    const pixels = applyPalette(data, palette);
    const changed = before === undefined ? pixels : pixels.map((color, i) => (color === before[i] ? colors : color));
    encoder.writeFrame(changed, width, height, {
      palette: index === 0 ? [...palette, ...Array(256 - palette.length).fill([0, 0, 0])] : undefined,
      delay: frames[index].milliseconds,
      transparent: before !== undefined,
      transparentIndex: colors,
      dispose: 1,
    });
    before = pixels;
  }
  encoder.finish();
  await writeFile(path, encoder.bytes());
}
