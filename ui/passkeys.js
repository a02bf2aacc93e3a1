// @ts-check
/** Passkeys: between what the server asks for and gets, which is JSON, and what the browser takes and gives, which is bytes. */

/** Somebody closed the browser's own dialog, or nothing came in time: no reason to say that something went wrong. */
export class Withdrawn extends Error {}

/** There are no passkeys here: an old browser, a page without TLS, or an address instead of a name. */
export class Unavailable extends Error {}

/** @param {string} text */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer | null | undefined} buffer */
function text(buffer) {
  if (!buffer) return undefined;
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function passkeysWork() {
  return window.isSecureContext && "PublicKeyCredential" in window;
}

/** Whether the browser can offer passkeys in the list that it fills names in from. */
export async function passkeysFillIn() {
  if (!passkeysWork()) return false;
  return (await PublicKeyCredential.isConditionalMediationAvailable?.().catch(() => false)) ?? false;
}

/** @param {any} problem */
function told(problem) {
  if (problem?.name === "NotAllowedError" || problem?.name === "AbortError") throw new Withdrawn();
  if (problem?.name === "SecurityError" || problem?.name === "NotSupportedError") throw new Unavailable();
  throw problem;
}

/** @param {any} descriptor */
const known = (descriptor) => ({ ...descriptor, id: bytes(descriptor.id) });

/**
 * Has the browser make a passkey.
 *
 * @param {any} options `publicKey` of the server's answer
 * @returns {Promise<unknown>} what the server takes
 */
export async function makePasskey(options) {
  if (!passkeysWork()) throw new Unavailable();
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: options.excludeCredentials.map(known),
  };
  const made = /** @type {PublicKeyCredential} */ (await navigator.credentials.create({ publicKey }).catch(told));
  const response = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

/**
 * Has the browser use a passkey.
 *
 * @param {any} options `publicKey` of the server's answer
 * @param {{ fillIn?: boolean, signal?: AbortSignal }} [how] `fillIn` waits until one is chosen where names are filled in
 * @returns {Promise<unknown>} what the server takes
 */
export async function usePasskey(options, { fillIn = false, signal } = {}) {
  if (!passkeysWork()) throw new Unavailable();
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: options.allowCredentials.map(known) };
  /** @type {any} */
  const request = { publicKey, signal, mediation: fillIn ? "conditional" : "optional" };
  const used = /** @type {PublicKeyCredential} */ (await navigator.credentials.get(request).catch(told));
  const response = /** @type {AuthenticatorAssertionResponse} */ (used.response);
  return {
    id: used.id,
    rawId: text(used.rawId),
    type: used.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: text(response.userHandle),
    },
  };
}
