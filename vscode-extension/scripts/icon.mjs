// Draws images/icon.png: a line of code that sharpens out of noise. Blocks on the left are settled tokens, the grains
// on the right are still masks.
import { mkdirSync, writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";

const size = 256;
/** Each pixel is the mean of this many samples a side. */
const samples = 4;
const background = [22, 22, 30];
const corner = 52;
const rows = [
  {
    y: 62,
    height: 28,
    blocks: [
      [44, 56, [122, 162, 247]],
      [108, 40, [187, 154, 247]],
      [156, 56, [86, 95, 137]],
    ],
  },
  {
    y: 114,
    height: 28,
    blocks: [
      [68, 44, [187, 154, 247]],
      [120, 36, [125, 207, 255]],
    ],
    noiseFrom: 164,
  },
  { y: 166, height: 28, blocks: [[68, 30, [158, 206, 106]]], noiseFrom: 106 },
];

/** A grain of noise covers an eighth of a row's height; whether it is lit depends on its place alone. */
function grain(x, y, row) {
  const cell = 7;
  const column = Math.floor((x - row.noiseFrom) / cell);
  const line = Math.floor((y - row.y) / cell);
  const hash = Math.abs(Math.sin(column * 127.1 + line * 311.7 + row.y) * 43758.5453) % 1;
  const distance = (x - row.noiseFrom) / (size - 44 - row.noiseFrom);
  if (hash > 0.85 - 0.55 * distance || (x - row.noiseFrom) % cell > 5.6 || (y - row.y) % cell > 5.6) {
    return undefined;
  }
  const glow = 0.35 + 0.65 * (hash / 0.85);
  return [125, 207, 255].map((channel, index) => background[index] + (channel - background[index]) * glow);
}

function inRoundedBox(x, y, left, top, width, height, radius) {
  const dx = Math.max(left + radius - x, 0, x - (left + width - radius));
  const dy = Math.max(top + radius - y, 0, y - (top + height - radius));
  return dx * dx + dy * dy <= radius * radius;
}

function colorAt(x, y) {
  if (!inRoundedBox(x, y, 0, 0, size, size, corner)) {
    return [0, 0, 0, 0];
  }
  for (const row of rows) {
    for (const [left, width, color] of row.blocks) {
      if (inRoundedBox(x, y, left, row.y, width, row.height, 7)) {
        return [...color, 255];
      }
    }
    const inNoise =
      row.noiseFrom !== undefined && x >= row.noiseFrom && x < size - 44 && y >= row.y && y < row.y + row.height;
    const color = inNoise ? grain(x, y, row) : undefined;
    if (color !== undefined) {
      return [...color, 255];
    }
  }
  return [...background, 255];
}

/** The mean over the samples of one pixel, colours weighted by their opacity. */
function pixel(px, py) {
  const sum = [0, 0, 0, 0];
  for (let i = 0; i < samples * samples; i++) {
    const [r, g, b, a] = colorAt(px + ((i % samples) + 0.5) / samples, py + (Math.floor(i / samples) + 0.5) / samples);
    sum[0] += r * a;
    sum[1] += g * a;
    sum[2] += b * a;
    sum[3] += a;
  }
  const opacity = Math.max(sum[3], 1);
  return [sum[0] / opacity, sum[1] / opacity, sum[2] / opacity, sum[3] / samples ** 2].map(Math.round);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const result = Buffer.alloc(body.length + 8);
  result.writeUInt32BE(data.length, 0);
  body.copy(result, 4);
  result.writeUInt32BE(crc32(body), body.length + 4);
  return result;
}

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const header = Buffer.alloc(13);
header.writeUInt32BE(size, 0);
header.writeUInt32BE(size, 4);
header.set([8, 6, 0, 0, 0], 8);
const scanlines = Array.from({ length: size }, (_, y) =>
  Buffer.from([0, ...Array.from({ length: size }, (_, x) => pixel(x, y)).flat()]),
);
mkdirSync("images", { recursive: true });
writeFileSync(
  "images/icon.png",
  Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(scanlines), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]),
);
