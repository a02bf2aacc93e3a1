// @ts-check
/**
 * Turns a ThumbHash (Evan Wallace's format, about 25 bytes) back into the few blurred pixels it stands for, to be shown while
 * a picture loads.
 */

/** The longer side of what comes out, in pixels. */
const SIDE = 32;

/** @param {string} text base 64, URL-safe or not */
function bytesOf(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** @param {number} value a colour as a fraction @returns {number} 0–255 */
const channel = (value) => Math.max(0, Math.min(1, value)) * 255;

/**
 * The header: averages, scales, and how many waves each channel has.
 *
 * @param {Uint8Array} hash
 */
function header(hash) {
  const at = (/** @type {number} */ index) => hash[index] ?? 0;
  const [first, second] = [at(0) | (at(1) << 8) | (at(2) << 16), at(3) | (at(4) << 8)];
  const [alpha, landscape] = [(first >> 23) !== 0, (second >> 15) !== 0];
  const most = alpha ? 5 : 7;
  const [across, down] = landscape ? [most, second & 7] : [second & 7, most];
  return {
    light: { mean: (first & 63) / 63, scale: ((first >> 18) & 31) / 31, across: Math.max(3, across), down: Math.max(3, down) },
    yellow: { mean: ((first >> 6) & 63) / 31.5 - 1, scale: (((second >> 3) & 63) / 63) * 1.25, across: 3, down: 3 },
    red: { mean: ((first >> 12) & 63) / 31.5 - 1, scale: (((second >> 9) & 63) / 63) * 1.25, across: 3, down: 3 },
    alpha: alpha ? { mean: (at(5) & 15) / 15, scale: (at(5) >> 4) / 15, across: 5, down: 5 } : null,
    ratio: Math.max(1, across) / Math.max(1, down),
  };
}

/**
 * @typedef {{ mean: number, scale: number, across: number, down: number, waves?: number[] }} Channel
 *
 * @param {Channel} channel
 * @param {() => number} next the next nibble as a number from −1 to 1
 */
function readWaves(channel, next) {
  channel.waves = [];
  for (let row = 0; row < channel.down; row += 1) {
    for (let column = row ? 0 : 1; column * channel.down < channel.across * (channel.down - row); column += 1) channel.waves.push(next() * channel.scale);
  }
}

/** @param {Channel} channel @param {number[]} across cosines @param {number[]} down cosines */
function valueAt(channel, across, down) {
  let value = channel.mean;
  let index = 0;
  for (let row = 0; row < channel.down; row += 1) {
    const twice = (down[row] ?? 0) * 2;
    for (let column = row ? 0 : 1; column * channel.down < channel.across * (channel.down - row); column += 1) value += (channel.waves?.[index++] ?? 0) * (across[column] ?? 0) * twice;
  }
  return value;
}

/** @param {number} place @param {number} length @returns {number[]} */
const cosines = (place, length) => Array.from({ length: 7 }, (_, wave) => Math.cos((Math.PI / length) * (place + 0.5) * wave));

/**
 * @param {string} text
 * @returns {{ width: number, height: number, pixels: Uint8ClampedArray<ArrayBuffer> }} RGBA
 */
export function decodeThumbhash(text) {
  const hash = bytesOf(text);
  const { light, yellow, red, alpha, ratio } = header(hash);
  let place = (alpha ? 6 : 5) * 2;
  const next = () => {
    const nibble = ((hash[place >> 1] ?? 0) >> ((place & 1) * 4)) & 15;
    place += 1;
    return nibble / 7.5 - 1;
  };
  for (const read of [light, yellow, red, alpha]) if (read) readWaves(read, next);
  const width = Math.round(ratio > 1 ? SIDE : SIDE * ratio);
  const height = Math.round(ratio > 1 ? SIDE / ratio : SIDE);
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    const down = cosines(y, height);
    for (let x = 0; x < width; x += 1) {
      const across = cosines(x, width);
      const [l, p, q] = [valueAt(light, across, down), valueAt(yellow, across, down), valueAt(red, across, down)];
      const blue = l - (2 / 3) * p;
      const warm = (3 * l - blue + q) / 2;
      pixels.set([channel(warm), channel(warm - q), channel(blue), channel(alpha ? valueAt(alpha, across, down) : 1)], (y * width + x) * 4);
    }
  }
  return { width, height, pixels };
}
