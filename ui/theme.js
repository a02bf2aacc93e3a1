// @ts-check
/** Light, dark, or as the device says. The whole palette follows `color-scheme`, so the theme is one attribute. */

import { recall, remember } from "./memory.js";

/** @typedef {"light" | "dark" | "auto"} Theme */

export const THEMES = /** @type {const} */ (["auto", "light", "dark"]);

const CHOSEN = "selfsame.theme";

/** @param {Theme} theme */
export function useTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

/** @param {Theme} theme */
export function rememberTheme(theme) {
  remember(CHOSEN, theme);
}

/** @returns {Theme} */
export function rememberedTheme() {
  const theme = recall(CHOSEN);
  return theme === "light" || theme === "dark" ? theme : "auto";
}
