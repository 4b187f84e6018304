/**
 * The voter's part of a secret ballot: ../secret-ballots.md says what it promises and what it cannot.
 *
 * Serve this from an origin that whoever runs the ballot does not control, with the import map of README.md.
 *
 *   const ballot = await SecretBallot.open({ service, community, ballot, manifestHash });
 *   await ballot.register(accessToken);      // signed in: early, and not right before voting
 *   await ballot.vote("mint");               // by nobody known: no token, no cookie, after a random pause
 *
 * What the device holds is kept in IndexedDB, the private key as one that no script can read. Whoever loses the
 * device, or deletes what the page has stored, loses the vote: no second credential is issued.
 */

import { RSABSSA } from "@cloudflare/blindrsa-ts";

export const SCHEME = "RSABSSA-SHA384-PSS-Randomized/P-256/ECDH-HKDF-SHA256-AES256GCM";

const CURVE = "P-256";
const PREFIX_SIZE = 32;
const PAD_TO = 256;
const STORE = "devices";

const text = new TextEncoder();

/** An answer of the service that is no success: `problem` is the problem document (RFC 9457). */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `status ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

export class SecretBallot {
  #service;
  #place;
  #manifest;
  #device;

  /** Use {@link SecretBallot.open}. */
  constructor(service, place, manifest, device) {
    this.#service = service;
    this.#place = place;
    this.#manifest = manifest;
    this.#device = device;
  }

  /**
   * Read a ballot's manifest, and what this device holds of the ballot already.
   *
   * @param {object} where
   * @param {string} where.service address of the service, without a path
   * @param {string} where.community id of the community
   * @param {string} where.ballot id of the ballot
   * @param {string} where.token access token of a member, to read the manifest with
   * @param {string} [where.manifestHash] SHA-256 of the manifest as the voter learnt it from elsewhere, hexadecimal
   */
  static async open({ service, community, ballot, token, manifestHash }) {
    const place = `/v1/communities/${community}/ballots/${ballot}`;
    const answer = await fetch(`${service}${place}/manifest`, signedIn(token));
    if (!answer.ok) throw new Refused(answer.status, await answer.json());
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const digest = hexadecimal(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
    if (manifestHash !== undefined && digest !== manifestHash) throw new Error("another manifest than was announced");
    const manifest = JSON.parse(new TextDecoder().decode(bytes));
    if (manifest.ballot !== ballot || manifest.community !== community || manifest.secret_ballot?.scheme !== SCHEME) {
      throw new Error("no manifest of this secret ballot, or of a scheme that this client does not know");
    }
    return new SecretBallot(service, place, manifest, await load(place));
  }

  /** The manifest: show the voter the options from here. */
  get manifest() {
    return this.#manifest;
  }

  /** Whether this device can vote. */
  get isRegistered() {
    return this.#device?.credential !== undefined;
  }

  /**
   * Have the credential signed. What is to be signed is kept before it is sent, so that a lost answer can be asked
   * for again.
   *
   * @param {string} token access token of a member on the roll
   */
  async register(token) {
    if (this.isRegistered) return;
    const suite = RSABSSA.SHA384.PSS.Randomized();
    const issuer = await this.#issuer();
    if (this.#device === undefined) {
      const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: CURVE }, false, ["sign", "verify"]);
      const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
      const message = suite.prepare(joined(text.encode(`ballot-credential/v1\n${this.#place}\n`), publicKey));
      const { blindedMsg, inv } = await suite.blind(issuer, message);
      this.#device = { privateKey: keys.privateKey, publicKey, message, blinded: blindedMsg, inv, seq: 0 };
      await save(this.#place, this.#device);
    }
    const device = this.#device;
    const answer = await fetch(`${this.#service}${this.#place}/credentials`, {
      ...signedIn(token, { "Content-Type": "application/json" }),
      method: "POST",
      body: JSON.stringify({ blinded_message: hexadecimal(device.blinded) }),
    });
    const given = await answer.json();
    if (!answer.ok) throw new Refused(answer.status, given);
    // Finalize checks the signature by the key of the manifest: an issuer with a key for each voter is found here.
    const credential = await suite.finalize(issuer, device.message, bytesOf(given.blind_signature), device.inv);
    this.#device = { ...device, credential, blinded: undefined, inv: undefined };
    await save(this.#place, this.#device);
  }

  /**
   * Cast a vote, or replace it where the ballot allows that. The same vote is sent again until it is answered.
   *
   * @param {*} choice in the form of the ballot's method, as the API takes it
   * @param {object} [options]
   * @param {number} [options.pause] milliseconds of which a random part is waited first, so that registering and
   *   voting, or closing the page and voting, do not follow each other
   * @returns {Promise<object>} the receipt: keep its note
   */
  async vote(choice, { pause = 120_000 } = {}) {
    if (!this.isRegistered) throw new Error("register first");
    await new Promise((done) => setTimeout(done, pause * (crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32)));
    const device = this.#device;
    const seq = device.seq + 1;
    const sealed = await this.#sealed(choice);
    const signed = joined(text.encode(`secret-vote/v1\n${this.#place}\n${seq}\n`), sealed);
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, device.privateKey, signed);
    const body = JSON.stringify({
      public_key: hexadecimal(device.publicKey),
      prefix: hexadecimal(device.message.subarray(0, PREFIX_SIZE)),
      credential: hexadecimal(device.credential),
      seq,
      sealed_choice: hexadecimal(sealed),
      signature: hexadecimal(new Uint8Array(signature)),
    });
    // Kept before it is sent: a vote whose answer was lost is never followed by another of the same number.
    this.#device = { ...device, seq, pending: body };
    await save(this.#place, this.#device);
    return this.send();
  }

  /** Send the last vote once more, for instance after its answer was lost; returns the same receipt. */
  async send() {
    const { pending, publicKey } = this.#device ?? {};
    if (pending === undefined) throw new Error("no vote was cast on this device");
    const fingerprint = hexadecimal(new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey)));
    const answer = await fetch(`${this.#service}${this.#place}/secret-votes/${fingerprint}`, {
      method: "PUT",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      headers: { "Content-Type": "application/json" },
      body: pending,
    });
    const receipt = await answer.json();
    if (!answer.ok) throw new Refused(answer.status, receipt);
    return receipt;
  }

  async #issuer() {
    const spki = fromBase64(this.#manifest.secret_ballot.issuer_key);
    return crypto.subtle.importKey("spki", spki, { name: "RSA-PSS", hash: "SHA-384" }, true, ["verify"]);
  }

  async #sealed(choice) {
    const sealing = fromBase64(this.#manifest.secret_ballot.sealing_key);
    const ours = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: CURVE }, false, ["deriveBits"]);
    const theirs = await crypto.subtle.importKey("spki", sealing, { name: "ECDH", namedCurve: CURVE }, false, []);
    const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256);
    const source = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveBits"]);
    const info = joined(text.encode(`sealed-choice/v1\n${this.#place}\n`), this.#device.publicKey);
    const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
    const made = new Uint8Array(await crypto.subtle.deriveBits(hkdf, source, 44 * 8));
    const key = await crypto.subtle.importKey("raw", made.subarray(0, 32), "AES-GCM", false, ["encrypt"]);
    const json = text.encode(JSON.stringify(choice));
    const plain = new Uint8Array(Math.ceil(json.length / PAD_TO) * PAD_TO).fill(0x20);
    plain.set(json);
    const ciphertext = await crypto.subtle.encrypt({ name: "AES-GCM", iv: made.subarray(32) }, key, plain);
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", ours.publicKey));
    return joined(point, new Uint8Array(ciphertext));
  }
}

function signedIn(token, headers = {}) {
  return {
    credentials: "omit",
    referrerPolicy: "no-referrer",
    cache: "no-store",
    headers: { ...headers, Authorization: `Bearer ${token}` },
  };
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function hexadecimal(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function fromBase64(encoded) {
  return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
}

function database() {
  return promised(indexedDB.open("althing-secret-ballots", 1), (request) => {
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  });
}

async function load(place) {
  const opened = await database();
  const found = await promised(opened.transaction(STORE).objectStore(STORE).get(place));
  opened.close();
  return found;
}

async function save(place, device) {
  const opened = await database();
  const transaction = opened.transaction(STORE, "readwrite", { durability: "strict" });
  await promised(transaction.objectStore(STORE).put(device, place));
  await new Promise((done, failed) => {
    transaction.oncomplete = done;
    transaction.onerror = () => failed(transaction.error);
  });
  opened.close();
}

function promised(request, prepare = () => {}) {
  prepare(request);
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}
