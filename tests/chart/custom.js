// Judges custom resources, a list of them on standard input as JSON, by the schemas that
// their projects publish; prints what is wrong. The validators know types, patterns and
// what is required; that nothing else stands there, only the types of TypeScript know.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = path.dirname(fileURLToPath(import.meta.url));

const KINDS = {
  "gateway.networking.k8s.io/v1/HTTPRoute": "@kubernetes-models/gateway-api",
  "monitoring.coreos.com/v1/ServiceMonitor": "@kubernetes-models/prometheus-operator",
  "serving.knative.dev/v1/Service": "@kubernetes-models/knative",
};

const resources = JSON.parse(readFileSync(0, "utf8"));
const complaints = [...(await invalid()), ...unknown()];
process.stdout.write(JSON.stringify(complaints));

function moduleOf({ apiVersion, kind }) {
  const found = KINDS[`${apiVersion}/${kind}`];
  if (!found) throw new Error(`no schema of ${apiVersion} ${kind}`);
  return `${found}/${apiVersion}/${kind}`;
}

async function invalid() {
  const found = [];
  for (const resource of resources) {
    const model = (await import(moduleOf(resource)))[resource.kind];
    try {
      new model(resource).validate();
    } catch (error) {
      found.push(`${resource.kind}: ${error.message}`);
    }
  }
  return found;
}

function unknown() {
  // Below the tests: it is from there that the types are found.
  const directory = mkdtempSync(path.join(HERE, "node_modules", ".check-"));
  try {
    const file = path.join(directory, "resources.ts");
    writeFileSync(file, resources.map(declaration).join("\n"));
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--types", ""];
    const module = ["--module", "nodenext", "--target", "es2022"];
    const tsc = path.join(HERE, "node_modules/.bin/tsc");
    execFileSync(tsc, [...options, ...module, file], { encoding: "utf8" });
    return [];
  } catch (error) {
    if (!error.stdout) throw error;
    return [error.stdout];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function declaration(resource, number) {
  const type = `import("${moduleOf(resource)}").I${resource.kind}`;
  return `export const resource${number}: ${type} = ${JSON.stringify(resource)};`;
}
