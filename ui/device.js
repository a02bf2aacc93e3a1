// @ts-check
/** What a browser calls itself, in words that people know. */

import { t } from "./i18n.js";

/** The first that is found counts: most browsers name the ones they descend from as well. */
const BROWSERS = [[/\bEdg/, "Edge"], [/\bOPR\//, "Opera"], [/SamsungBrowser/, "Samsung Internet"], [/Firefox|FxiOS/, "Firefox"], [/Chrom|CriOS/, "Chrome"], [/Safari/, "Safari"]];
const SYSTEMS = [[/iPhone/, "iPhone"], [/iPad/, "iPad"], [/Android/, "Android"], [/Windows/, "Windows"], [/CrOS/, "ChromeOS"], [/Mac OS X|Macintosh/, "macOS"], [/Linux/, "Linux"]];

/**
 * @param {string} agent the `User-Agent`
 * @returns {string} such as “Firefox on Linux”, or the agent itself where nothing in it is known
 */
export function deviceName(agent) {
  const [browser, system] = [BROWSERS, SYSTEMS].map((list) => /** @type {[RegExp, string][]} */ (list).find(([sign]) => sign.test(agent))?.[1]);
  if (browser && system) return t("sessions.device", { browser, system });
  return browser ?? system ?? agent;
}
