// @ts-check
/** The interface's own drawings: 24-unit outlines, the mark, and the three signs of visibility. */

import { svg } from "../dom.js";

/** Outlines by name, each a list of path data. */
const PATHS = {
  person: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M4.5 20.5c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5"],
  picture: ["M4 8.5A1.5 1.5 0 0 1 5.5 7h2.3l1.4-2.2h5.6L16.2 7h2.3A1.5 1.5 0 0 1 20 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5z", "M12 16a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5z"],
  eye: ["M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z", "M12 14.75a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5z"],
  "eye-off": ["M9.8 5.75A9.5 9.5 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.6 3.4M6.3 7.2A15.5 15.5 0 0 0 2.5 12S6 18.5 12 18.5a9.3 9.3 0 0 0 4.6-1.2", "M10 10.1a2.75 2.75 0 0 0 3.9 3.9", "M4 4l16 16"],
  sliders: ["M4 7h9M17.5 7H20M4 17h2.5M11 17h9", "M15.25 9.25a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5z", "M8.75 19.25a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5z"],
  mask: ["M3.5 7.5c5.5-2 11.5-2 17 0 .6 6.5-2 10.5-5 10.5-1.9 0-2.3-1.8-3.5-1.8S10.4 18 8.5 18c-3 0-5.6-4-5-10.5z", "M7 11.5c1-.9 2.3-.9 3.2 0M13.8 11.5c.9-.9 2.2-.9 3.2 0"],
  devices: ["M3.5 16.5v-10A1.5 1.5 0 0 1 5 5h12a1.5 1.5 0 0 1 1.5 1.5V8", "M2.5 19H12", "M15.5 11h4a1.2 1.2 0 0 1 1.2 1.2v6.6a1.2 1.2 0 0 1-1.2 1.2h-4a1.2 1.2 0 0 1-1.2-1.2v-6.6a1.2 1.2 0 0 1 1.2-1.2z"],
  key: ["M8.5 15.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9z", "M13 11h7.5v3.5M17 11v2.5", "M8.5 11v.01"],
  shield: ["M12 3.5 19 6v5.5c0 4.4-2.9 7.5-7 9-4.1-1.5-7-4.6-7-9V6z", "M9 11.8l2.2 2.2L15.2 10"],
  leave: ["M14 4.5H6.5A1.5 1.5 0 0 0 5 6v12a1.5 1.5 0 0 0 1.5 1.5H14", "M10 12h10M16.5 8.5 20 12l-3.5 3.5"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  cross: ["M6.5 6.5l11 11M17.5 6.5l-11 11"],
  plus: ["M12 5v14M5 12h14"],
  minus: ["M5 12h14"],
  bin: ["M4.5 7h15M10 11v5.5M14 11v5.5M6.5 7l.8 11.6a1.5 1.5 0 0 0 1.5 1.4h6.4a1.5 1.5 0 0 0 1.5-1.4L17.5 7M9 7V5.5A1.5 1.5 0 0 1 10.5 4h3A1.5 1.5 0 0 1 15 5.5V7"],
  globe: ["M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z", "M3.5 12h17M12 3.5c2.5 2.4 3.7 5.3 3.7 8.5s-1.2 6.1-3.7 8.5c-2.5-2.4-3.7-5.3-3.7-8.5S9.5 5.9 12 3.5z"],
  clock: ["M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z", "M12 7.5V12l3 2"],
  pin: ["M12 21s6.5-5.6 6.5-11a6.5 6.5 0 1 0-13 0c0 5.4 6.5 11 6.5 11z", "M12 12.25a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5z"],
  calendar: ["M5.5 5.5h13A1.5 1.5 0 0 1 20 7v11.5a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18.5V7a1.5 1.5 0 0 1 1.5-1.5z", "M4 10h16M8 3.5v4M16 3.5v4"],
  link: ["M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1", "M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1"],
  alert: ["M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z", "M12 7.5v5.5M12 16.25v.01"],
  again: ["M19.5 8.5A8 8 0 0 0 5 8.8M4.5 4.5v4.5H9", "M4.5 15.5A8 8 0 0 0 19 15.2M19.5 19.5V15H15"],
  arrow: ["M5 12h14M13 6l6 6-6 6"],
  up: ["M6 14.5l6-6 6 6"],
  down: ["M6 9.5l6 6 6-6"],
  left: ["M14.5 6l-6 6 6 6"],
  right: ["M9.5 6l6 6-6 6"],
  upload: ["M12 15.5V4.5M7.5 9 12 4.5 16.5 9M4.5 15.5V18A1.5 1.5 0 0 0 6 19.5h12a1.5 1.5 0 0 0 1.5-1.5v-2.5"],
  gallery: ["M8 4.5h10.5A1.5 1.5 0 0 1 20 6v8.5a1.5 1.5 0 0 1-1.5 1.5H8a1.5 1.5 0 0 1-1.5-1.5V6A1.5 1.5 0 0 1 8 4.5z", "M6.8 14l3.4-3.6 3 3 2-1.9 4.5 4", "M4 8v9.5A2 2 0 0 0 6 19.5h11"],
  grip: ["M9 6v.01M15 6v.01M9 12v.01M15 12v.01M9 18v.01M15 18v.01"],
  pencil: ["M5 19l.9-3.9L16 5a1.6 1.6 0 0 1 2.3 0l.7.7a1.6 1.6 0 0 1 0 2.3L8.9 18.1z", "M14 7l3 3"],
  star: ["M12 4.2l2.4 4.9 5.4.8-3.9 3.8.9 5.4-4.8-2.6-4.8 2.6.9-5.4L4.2 9.9l5.4-.8z"],
  bell: ["M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z", "M10 18.5a2 2 0 0 0 4 0M12 5V3.5"],
  mail: ["M5 5.5h14A1.5 1.5 0 0 1 20.5 7v10a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 17V7A1.5 1.5 0 0 1 5 5.5z", "M4 7l8 6 8-6"],
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name @param {number} [size] pixels */
export function icon(name, size = 20) {
  const frame = { viewBox: "0 0 24 24", width: size, height: size, fill: "none", stroke: "currentColor", "stroke-width": 1.75, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" };
  return svg("svg", frame, ...PATHS[name].map((d) => svg("path", { d })));
}

/**
 * The sign of who sees something: a full disc for everyone, half a disc for signed-in people, a ring for oneself.
 *
 * @param {import("../me.js").Visibility} visibility
 */
export function visibilitySign(visibility, size = 14) {
  const ring = svg("circle", { cx: 8, cy: 8, r: 6.25, fill: "none", stroke: "currentColor", "stroke-width": 1.75 });
  const filled = { public: "M8 1.75a6.25 6.25 0 0 1 0 12.5 6.25 6.25 0 0 1 0-12.5z", authenticated: "M8 1.75a6.25 6.25 0 0 0 0 12.5z", private: "" }[visibility];
  const inside = filled ? svg("path", { d: filled, fill: "currentColor" }) : null;
  return svg("svg", { viewBox: "0 0 16 16", width: size, height: size, "aria-hidden": "true", class: "visibility-sign" }, ring, inside);
}

/** The mark: one disc, its two halves shifted against each other. */
export function mark(size = 28) {
  return svg(
    "svg",
    { viewBox: "0 0 32 32", width: size, height: size, "aria-hidden": "true", class: "mark" },
    svg("path", { class: "mark-one", d: "M15 3a10 10 0 0 0 0 20z" }),
    svg("path", { class: "mark-two", d: "M17 9a10 10 0 0 1 0 20z" }),
  );
}
