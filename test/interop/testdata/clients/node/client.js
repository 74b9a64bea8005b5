// Exercises a server with the JavaScript client the way programs do, and prints OK.
//
//   node client.js LIBRARY SCENARIO URL
//
// LIBRARY is nats (version 2) or @nats-io/transport-node (version 3). The restart scenario prints "restart" and
// waits for a line on stdin, by which the test says that the server is back.
"use strict";

const assert = require("node:assert");
const { createHash } = require("node:crypto");
const { once } = require("node:events");

const [library, scenario, url] = process.argv.slice(2);
const lib = require(library);
const wait = 10000; // milliseconds, bounds each wait for the server
const encode = (text) => new TextEncoder().encode(text);
const decode = (bytes) => new TextDecoder().decode(bytes);

const scenarios = {
  async basic() {
    const nc = await lib.connect({ servers: url, name: "interop" });
    const other = await lib.connect({ servers: url });
    for (const part of [publish, queue, request, headers, noResponders, unsubscribe, roundTrip, drain]) {
      await part(nc, other).catch((err) => {
        throw new Error(`${part.name}: ${err.message}`, { cause: err });
      });
    }
    await other.close();
  },

  async user() {
    await assert.rejects(lib.connect({ servers: url, user: "alice", pass: "wrong" }), /authorization/i);
    await works({ user: "alice", pass: "secret" });
  },

  async token() {
    await assert.rejects(lib.connect({ servers: url }), /authorization/i);
    await works({ token: "s3cret" });
  },

  // The key made from the name alice, as in the transcripts.
  async nkey() {
    await works({ authenticator: lib.nkeyAuthenticator(encode(userSeed("alice"))) });
  },

  async tls() {
    const dir = process.env.CERTS;
    await works({ tls: { caFile: `${dir}/ca.pem`, certFile: `${dir}/client.pem`, keyFile: `${dir}/client.key` } });
  },

  async restart() {
    const nc = await lib.connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 20, reconnectJitter: 0 });
    const reconnected = new Promise((resolve) => {
      (async () => {
        for await (const status of nc.status()) {
          if (status.type === "reconnect") resolve();
        }
      })();
    });
    const sub = nc.subscribe("after", { max: 1 });
    await nc.flush();
    console.log("restart");
    await once(process.stdin, "data");
    process.stdin.destroy();
    await reconnected;
    nc.publish("after");
    for await (const _ of sub) break;
    await nc.close();
  },
};

async function publish(nc, other) {
  const count = 1000;
  const sub = nc.subscribe("greet.*", { max: count });
  await nc.flush();
  for (let i = 0; i < count; i++) other.publish("greet.joe", encode(String(i)));
  let next = 0;
  for await (const m of sub) {
    assert.equal(m.subject, "greet.joe");
    assert.equal(decode(m.data), String(next++));
  }
  assert.equal(next, count);
}

async function queue(nc, other) {
  const count = 300;
  const counts = [0, 0, 0];
  await new Promise((resolve, reject) => {
    let left = count;
    const subs = counts.map((_, i) =>
      nc.subscribe("work", {
        queue: "workers",
        callback: (err) => {
          if (err) return reject(err);
          counts[i]++;
          if (--left === 0) {
            subs.forEach((sub) => sub.unsubscribe());
            resolve();
          }
        },
      })
    );
    nc.flush().then(() => {
      for (let i = 0; i < count; i++) other.publish("work");
    }, reject);
  });
  assert.ok(counts.every((n) => n > 0), `members got ${counts}`);
}

async function request(nc, other) {
  const sub = nc.subscribe("double", { callback: (_, m) => m.respond(encode(decode(m.data) + decode(m.data))) });
  await nc.flush();
  for (let i = 0; i < 100; i++) {
    const reply = await other.request("double", encode("ab"), { timeout: wait });
    assert.equal(decode(reply.data), "abab");
  }
  sub.unsubscribe();
}

async function headers(nc, other) {
  const sub = nc.subscribe("with.headers", { max: 1 });
  await nc.flush();
  const out = lib.headers();
  out.append("Colour", "red");
  out.append("Colour", "blue");
  other.publish("with.headers", encode("body"), { headers: out });
  for await (const m of sub) {
    assert.deepEqual(m.headers.values("Colour"), ["red", "blue"]);
    assert.equal(decode(m.data), "body");
  }
}

async function noResponders(nc) {
  await assert.rejects(nc.request("nobody.home", undefined, { timeout: wait }), (err) => {
    return err.code === "503" || (typeof err.isNoResponders === "function" && err.isNoResponders());
  });
}

async function unsubscribe(nc, other) {
  const sub = nc.subscribe("few", { max: 2 });
  await nc.flush();
  for (let i = 0; i < 3; i++) other.publish("few");
  let got = 0;
  for await (const _ of sub) got++;
  assert.equal(got, 2);
}

async function roundTrip(nc) {
  assert.ok((await nc.rtt()) >= 0);
  assert.equal(nc.info.headers, true);
  assert.equal(nc.info.max_payload, 1 << 20);
}

// drain is last: it ends the first connection. A message of its own behind the others says that all were sent to it.
async function drain(nc, other) {
  const count = 100;
  let got = 0;
  nc.subscribe("drained", { callback: () => got++ });
  const last = nc.subscribe("drained.end", { max: 1 });
  await nc.flush();
  for (let i = 0; i < count; i++) other.publish("drained");
  other.publish("drained.end");
  for await (const _ of last) break;
  await nc.drain();
  assert.equal(got, count);
}

async function works(options) {
  const nc = await lib.connect({ servers: url, ...options });
  nc.subscribe("echo", { callback: (_, m) => m.respond(m.data) });
  await nc.request("echo", encode("x"), { timeout: wait });
  await nc.close();
}

// userSeed is the encoded seed of a user key: base32 of prefix, key and CRC-16.
function userSeed(name) {
  const [seed, user] = [18 << 3, 20 << 3];
  const raw = Buffer.concat([
    Buffer.from([seed | (user >> 5), (user & 31) << 3]),
    createHash("sha256").update(name).digest(),
  ]);
  let crc = 0;
  for (const byte of raw) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1;
  }
  return base32(Buffer.concat([raw, Buffer.from([crc & 255, crc >> 8])]));
}

function base32(bytes) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  return bits.match(/.{1,5}/g).map((five) => letters[parseInt(five.padEnd(5, "0"), 2)]).join("");
}

scenarios[scenario]().then(
  () => console.log("OK"),
  (err) => {
    console.error(err);
    process.exit(1);
  },
);
