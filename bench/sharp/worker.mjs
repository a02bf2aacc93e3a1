// `node worker.mjs JOB LANES FOLDER`: for each line read, does all pictures of the folder, once for
// each lane, in so many lanes, and prints the seconds.
import { readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";
import * as jobs from "./jobs.mjs";

const [job, lanes, folder] = process.argv.slice(2);
const files = readdirSync(folder).sort().map((name) => readFileSync(`${folder}/${name}`));
// Lanes are the parallelism; more threads within a picture only take turns with them.
sharp.concurrency(Number(process.env.SHARP_THREADS ?? 1));

async function lane(queue) {
  for (let file = queue.pop(); file; file = queue.pop()) await jobs[job](file);
}

for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const queue = Array.from({ length: Number(lanes) }, () => files).flat().reverse();
  await Promise.all(Array.from({ length: Number(lanes) }, () => lane(queue)));
  console.log((performance.now() - start) / 1000);
}
