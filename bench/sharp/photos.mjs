// `node photos.mjs SOURCE TARGET`: the set of photos, from those of a Debian package. Camera files go in as they are; the largest
// is also written as telephones do it: baseline, 4:2:0, 9 and 18 megapixels, one of them on its side.
import { copyFileSync, mkdirSync } from "node:fs";
import sharp from "sharp";

const [source, target] = process.argv.slice(2);
mkdirSync(target, { recursive: true });
const largest = `${source}/abstract/Elephants_5640x3172.jpg`;
const asTelephone = (picture, name) => picture.jpeg({ quality: 92, optimiseCoding: false }).toFile(`${target}/${name}`);
const camera = ["Wood", "TwoWings", "LadyBird", "YellowFlower", "Garden", "Storm", "Blinds", "Dune"];
for (const name of camera) copyFileSync(`${source}/nature/${name}.jpg`, `${target}/c-${name}.jpg`);
copyFileSync(`${source}/abstract/Elephants_3840x2160.jpg`, `${target}/b-8-progressive.jpg`);
await asTelephone(sharp(largest), "a-18-baseline.jpg");
await asTelephone(sharp(largest).resize(4032), "b-9-baseline.jpg");
await asTelephone(sharp(largest).extract({ left: 900, top: 0, width: 4228, height: 3172 }).resize(4032, 3024).withMetadata({ orientation: 6 }), "b-12-turned.jpg");
