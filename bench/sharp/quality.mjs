// `node quality.mjs PHOTOS OURS TARGET`: each of our JPEGs, and sharp's JPEG and WebP at several qualities, decoded by libjpeg-turbo beside what
// sharp makes without JPEG from the whole photo, as PPM. Prints `photo size what bytes`.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import sharp from "sharp";

const [photos, ours, target] = process.argv.slice(2);
const sizes = { original: { width: 2048, height: 2048, fit: "inside" }, medium: { width: 512, height: 512, fit: "inside" },
  thumbnail: { width: 150, height: 150, fit: "cover" } };

// WebP is only asked about for the sizes that are served most.
const formats = { jpeg: [70, 75, 80, 85, 90], webp: [65, 72, 79, 86, 92] };

async function keep(picture, name) {
  const { data, info } = await picture.removeAlpha().toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  const rgb = info.channels === 3 ? data : Buffer.from([...data].flatMap((grey) => [grey, grey, grey]));
  writeFileSync(`${target}/${name}.ppm`, Buffer.concat([Buffer.from(`P6 ${info.width} ${info.height} 255\n`), rgb]));
}

for (const file of readdirSync(photos).sort()) {
  const photo = file.replace(/\.jpg$/, "");
  for (const [size, shape] of Object.entries(sizes)) {
    const exact = await sharp(`${photos}/${file}`).autoOrient().toColourspace("srgb")
      .resize({ ...shape, withoutEnlargement: true, fastShrinkOnLoad: false }).png().toBuffer();
    await keep(sharp(exact), `${photo} ${size} reference`);
    const own = readFileSync(`${ours}/${photo}.${size}.jpg`);
    await keep(sharp(own), `${photo} ${size} ours`);
    console.log(photo, size, "ours", own.length);
    for (const [format, qualities] of Object.entries(formats)) {
      for (const quality of size === "original" && format === "webp" ? [] : qualities) {
        const open = sharp(`${photos}/${file}`).autoOrient().resize({ ...shape, withoutEnlargement: true });
        const made = await open.toFormat(format, { quality }).toBuffer();
        await keep(sharp(made), `${photo} ${size} ${format}-${quality}`);
        console.log(photo, size, `${format}-${quality}`, made.length);
      }
    }
  }
}
