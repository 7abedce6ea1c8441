// Ports for servers that are told theirs before they listen there.

import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

// Below those that Linux gives to whoever connects: `ports.py` says why.
const FIRST = 20_000;
const LAST = 32_767;

/** Ports that are free now; all are held until all are found, so that they differ. */
export async function freePorts(count) {
  const held = [];
  while (held.length < count) {
    const server = createServer().listen(randomInt(FIRST, LAST + 1), "127.0.0.1");
    try {
      await once(server, "listening");
      held.push(server);
    } catch (error) {
      if (error.code !== "EADDRINUSE") {
        throw error;
      }
    }
  }
  const ports = held.map((server) => server.address().port);
  await Promise.all(held.map((server) => once(server.close(), "close")));
  return ports;
}
