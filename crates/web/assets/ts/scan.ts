// Finds a QR code in one picture; a worker, so that the page stays quick.

import jsQR from "jsqr";

export type Picture = { id: number; data: ArrayBuffer; width: number; height: number; thorough: boolean };
export type Found = { id: number; text: string | null };

type Scope = { onmessage: ((event: MessageEvent<Picture>) => void) | null; postMessage(found: Found): void };
const scope = globalThis as unknown as Scope;

scope.onmessage = ({ data: picture }) => {
  const pixels = new Uint8ClampedArray(picture.data);
  const code = jsQR(pixels, picture.width, picture.height, { inversionAttempts: picture.thorough ? "attemptBoth" : "dontInvert" });
  // The bytes, not the library's guess of their encoding: our codes are UTF-8.
  let text: string | null = null;
  if (code && code.binaryData.length > 0) {
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(code.binaryData));
    } catch {
      text = code.data;
    }
  }
  scope.postMessage({ id: picture.id, text });
};
