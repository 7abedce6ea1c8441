// Whether deliveries are to be believed, as packages of npm say. Reads
// {"judges": [...], "files": [...]} and writes one object a vector.

import '@shopify/shopify-api/adapters/node';
import { LinearWebhookClient } from '@linear/sdk/webhooks';
import { verify } from '@octokit/webhooks-methods';
import { shopifyApi } from '@shopify/shopify-api';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';

const RealDate = Date;

/** Makes every clock of the packages stand at a second. */
function freeze(now) {
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      super(...(given.length ? given : [now * 1000]));
    }

    static now() {
      return now * 1000;
    }
  };
}

function lower(headers) {
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}

const judges = {
  octokit: (headers, body, secret) =>
    verify(secret, body.toString(), headers['x-hub-signature-256'] ?? headers['x-hub-signature']),
  'standardwebhooks-js': (headers, body, secret) => {
    new Webhook(secret).verify(body.toString(), headers);
    return true;
  },
  'stripe-js': (headers, body, secret) => {
    const stripe = new Stripe('sk_test_none');
    return stripe.webhooks.signature.verifyHeader(body, headers['stripe-signature'], secret, 300);
  },
  linear: (headers, body, secret) =>
    new LinearWebhookClient(secret).verify(body, headers['linear-signature'] ?? ''),
  shopify: async (headers, body, secret) => {
    const shopify = shopifyApi({
      apiKey: 'key',
      apiSecretKey: secret,
      apiVersion: '2026-04',
      hostName: 'localhost',
      isEmbeddedApp: false,
      logger: { log: () => {} },
    });
    const rawRequest = { headers, method: 'POST', url: '/' };
    const { valid } = await shopify.webhooks.validate({
      rawBody: body.toString(),
      rawRequest,
      rawResponse: {},
    });
    return valid;
  },
};

async function judge(name, vector) {
  freeze(vector.now);
  const headers = lower(vector.headers);
  const body = Buffer.from(vector.body, 'base64');
  for (const secret of vector.secrets) {
    try {
      if (await judges[name](headers, body, secret)) return true;
    } catch {
      // What raises an exception is not believed.
    }
  }
  return false;
}

let text = '';
for await (const chunk of process.stdin) text += chunk;
const asked = JSON.parse(text);
const verdicts = [];
for (const file of asked.files) {
  const ofFile = [];
  for (const vector of file.vectors) {
    const said = {};
    for (const name of asked.judges) {
      if (name in vector.judges) said[name] = await judge(name, vector);
    }
    ofFile.push(said);
  }
  verdicts.push(ofFile);
}
process.stdout.write(JSON.stringify(verdicts));
