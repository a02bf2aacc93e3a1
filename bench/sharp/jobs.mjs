// The avatar job in sharp: 2048, 512 and a square of 150 as JPEG, and a thumbhash. Upright, in sRGB, without metadata.
import sharp from "sharp";
import { rgbaToThumbHash } from "thumbhash";

// Every upload is another picture: a cache of operations would only answer for those that come twice.
sharp.cache(false);

const within = (side) => ({ width: side, height: side, fit: "inside", withoutEnlargement: true });
const square = { width: 150, height: 150, fit: "cover" };
const jpeg = { quality: 80 };

const placeholder = async (picture) => {
  const { data, info } = await picture.resize(within(100)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return rgbaToThumbHash(info.width, info.height, data);
};

// Four pipelines of one file: what most services do.
export async function typical(file) {
  const open = () => sharp(file).autoOrient();
  return [
    await open().resize(within(2048)).jpeg(jpeg).toBuffer(),
    await open().resize(within(512)).jpeg(jpeg).toBuffer(),
    await open().resize(square).jpeg(jpeg).toBuffer(),
    await placeholder(open()),
  ];
}

// One decoding, and each size from the one before: the best that sharp's interface allows.
export async function chain(file) {
  const large = await raw(sharp(file).autoOrient().resize(within(2048)));
  const medium = await raw(large().resize(within(512)));
  return [
    await large().jpeg(jpeg).toBuffer(),
    await medium().jpeg(jpeg).toBuffer(),
    await medium().resize(square).jpeg(jpeg).toBuffer(),
    await placeholder(medium()),
  ];
}

async function raw(picture) {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return () => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
}
