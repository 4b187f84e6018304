"use strict";

// Starts Swagger UI on this host's own document. Nothing is loaded from, or sent to, any other host.

// "Try it out" wants a value for every required parameter; this one is replaced by a fresh key on each call,
// because the same key with another body is refused.
const FRESH_KEY = "a-fresh-key-for-each-call";

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function start() {
  const root = document.getElementById("docs");
  const answer = await fetch(root.dataset.document);
  const spec = await answer.json();
  const key = spec.components?.parameters?.["Idempotency-Key"];
  if (key) {
    key.example = FRESH_KEY;
  }
  window.ui = SwaggerUIBundle({
    spec,
    domNode: root,
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "list",
    filter: true,
    persistAuthorization: false,
    tryItOutEnabled: false,
    validatorUrl: null,
    requestInterceptor(request) {
      if (request.headers["Idempotency-Key"] === FRESH_KEY) {
        request.headers["Idempotency-Key"] = freshKey();
      }
      return request;
    },
  });
}

start();
