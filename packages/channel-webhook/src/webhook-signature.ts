import { createHmac, timingSafeEqual } from "node:crypto";
import type { WebhookRequest } from "@omni/core";

/** When a body was signed, Unix seconds in decimal digits. */
export const timestampHeader = "x-omni-timestamp";

/** `v1=` and 64 small hexadecimal digits: HMAC-SHA256 over the timestamp, a full stop and the body. */
export const signatureHeader = "x-omni-signature";

/** Most seconds that a signature may be old, or ahead of this clock. */
export const windowSeconds = 300;

/** The headers that sign a body. */
export function toSignedHeaders(body: Uint8Array, secret: string, now: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1_000));
  return { [timestampHeader]: timestamp, [signatureHeader]: `v1=${sign(timestamp, body, secret).toString("hex")}` };
}

/** When a request was signed, Unix milliseconds; undefined where no secret fits or it was too long ago. Takes the same time whatever signature was sent. */
export function findSigningTime({ headers, body }: WebhookRequest, secrets: readonly string[], now: number): number | undefined {
  const timestamp = /^\d{1,12}$/.exec(headers.get(timestampHeader) ?? "")?.[0];
  const digits = /^v1=([\da-f]{64})$/.exec(headers.get(signatureHeader) ?? "")?.[1];
  if (timestamp === undefined || digits === undefined) return undefined;
  const given = Buffer.from(digits, "hex");
  const fits = secrets.filter((secret) => timingSafeEqual(sign(timestamp, body, secret), given)).length > 0;
  const signedAt = Number(timestamp) * 1_000;
  return fits && Math.abs(now - signedAt) <= windowSeconds * 1_000 ? signedAt : undefined;
}

function sign(timestamp: string, body: Uint8Array, secret: string): Buffer {
  return createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest();
}
