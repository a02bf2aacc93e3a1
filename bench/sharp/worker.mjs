// `node worker.mjs JOB PARALLEL FOLDER`: for each line read, processes all pictures of the folder as often
// as jobs run in parallel, and prints the seconds.
import { readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";
import * as jobs from "./jobs.mjs";

const [job, parallel, folder] = process.argv.slice(2);
const files = readdirSync(folder).sort().map((name) => readFileSync(`${folder}/${name}`));
// The parallel jobs use all cores; more threads within a picture only compete with them.
sharp.concurrency(Number(process.env.SHARP_THREADS ?? 1));

async function work(queue) {
  for (let file = queue.pop(); file; file = queue.pop()) await jobs[job](file);
}

for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const queue = Array.from({ length: Number(parallel) }, () => files).flat().reverse();
  await Promise.all(Array.from({ length: Number(parallel) }, () => work(queue)));
  console.log((performance.now() - start) / 1000);
}
