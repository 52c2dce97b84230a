// Says in words why a security key cannot be used here, and why a try failed. allauth's webauthn.js does the rest.
(() => {
  "use strict";

  const SENTENCES = {
    NotAllowedError: "Nothing was confirmed: it was cancelled, or took too long. Try again.",
    InvalidStateError: "This key is known to your account already.",
    SecurityError:
      "Browsers allow security keys only under a name, not under a number such as 127.0.0.1, and beyond this machine only with https.",
  };

  function say(sentence) {
    const trouble = document.getElementById("webauthn-trouble");
    trouble.textContent = sentence;
    trouble.hidden = false;
  }

  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const { exception } = event.detail;
    say(SENTENCES[exception.name] ?? `The browser could not use a security key: ${exception.message}`);
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (window.PublicKeyCredential) return;
    say("This browser has no security keys, or allows them only with https.");
    for (const form of document.querySelectorAll(".needs-webauthn")) form.hidden = true;
  });
})();
