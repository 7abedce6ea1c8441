// A headless Chromium, and what its pages do.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const SCREENSHOTS = fileURLToPath(new URL("../../target/browser/", import.meta.url));

/** A name that is no loopback's: pages treat those otherwise. */
export const HOST = "hooks.example";

const OPTIONS = [
  `--host-resolver-rules=MAP ${HOST} 127.0.0.1`,
  // The browser itself talks to nobody either.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
  "--no-proxy-server",
  // As root, as in a container.
  "--no-sandbox",
];

export function launch() {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: OPTIONS });
}

/**
 * A page of an origin, with a record of what it asks for elsewhere and what it complains of. Who
 * has a password is asked for it by the server.
 */
export async function open(browser, origin, path, password) {
  const httpCredentials = password && { username: "anybody", password, origin };
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, httpCredentials });
  const elsewhere = [];
  const complaints = [];
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== "data:" && !url.href.startsWith(`blob:${origin}`)) {
      elsewhere.push(request.url());
    }
  });
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      complaints.push(message.text());
    }
  });
  context.on("weberror", (error) => complaints.push(String(error.error())));
  const page = await context.newPage();
  const response = await page.goto(origin + path);
  return { page, response, elsewhere, complaints, close: () => context.close() };
}

export function screenshot(page, name) {
  return page.screenshot({ path: `${SCREENSHOTS}${name}.png` });
}
