// The sign-in page. The session stays in this variable: no cookie, no storage.
"use strict";

let session = null;
let enrolment = null; // the offered device's token
const $ = (id) => document.getElementById(id);
const show = (id, visible) => { $(id).hidden = !visible; };
const say = (text) => { $("message").textContent = text; };

const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
};
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function post(path, members) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(members),
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  return { ok: answer.ok, ...(await answer.json()) };
}

// Read a form: what is empty or hidden is not sent.
function members(form) {
  const found = {};
  for (const field of form.elements) {
    if (field.name && field.value && !field.closest("[hidden]")) found[field.name] = field.value;
  }
  return found;
}

const own = (path, more = {}) => post(path, { session, ...more });

async function enter(answer) {
  if (!answer.ok) {
    say(answer.message);
    if (answer.code === "MFACodeRequired") show("code", true);
    if (answer.code === "PasswordResetRequired") show("renewal", true);
    if (answer.code === "MFABindRequired") offer(answer.enrolment);
    return;
  }
  session = answer.session;
  $("signin").reset();
  show("code", false);
  show("renewal", false);
  say("");
  await refresh();
}

function offer(offered) {
  enrolment = offered.token;
  $("qrcode").src = `data:image/png;base64,${offered.qrcode_png}`;
  $("seed").textContent = offered.seed;
  show("enrol", true);
}

// The seed does not stay in the page longer than it takes to bind the device.
function forgetOffer() {
  enrolment = null;
  $("qrcode").removeAttribute("src");
  $("seed").textContent = "";
  show("enrol", false);
}

function leave(message) {
  session = null;
  forgetOffer();
  show("account", false);
  show("signin", true);
  say(message);
}

async function refresh() {
  const me = await own("/signin/account");
  if (!me.ok) return leave(me.message);
  show("signin", false);
  forgetOffer();
  show("account", true);
  $("who").textContent = me.arn;
  $("how").textContent = me.mfa ? " with MFA" : "";
  $("device").textContent = me.mfa_device ? me.mfa_device.serial_number : "None is bound.";
  show("offer", !me.mfa_device);
  show("unbind", Boolean(me.mfa_device));
  show("passkeys", !me.root);
  $("held").replaceChildren(...me.passkeys.map(entry));
}

function entry(passkey) {
  const item = document.createElement("li");
  const used = passkey.last_used_at ? `last used ${passkey.last_used_at}` : "never used";
  item.append(`${passkey.name}, ${used} `);
  const button = document.createElement("button");
  button.textContent = "Delete";
  button.addEventListener("click", () =>
    act(() => own("/signin/passkeys/delete", { passkey_id: passkey.passkey_id })));
  item.append(button);
  return item;
}

// Do something and show what came of it.
async function act(work) {
  try {
    const answer = await work();
    say(answer.ok ? "" : answer.message);
    if (answer.code === "InvalidSession") return leave(answer.message);
    if (answer.ok) await refresh();
  } catch (failure) {
    say(failure.message);
  }
}

async function useKey() {
  const asked = await post("/signin/passkey/options", {});
  if (!asked.ok) return asked;
  const options = { ...asked.public_key, challenge: bytes(asked.public_key.challenge) };
  const found = await navigator.credentials.get({ publicKey: options });
  const given = found.response;
  return post("/signin/passkey", {
    note: asked.note,
    credential: {
      id: text(found.rawId),
      client_data: text(given.clientDataJSON),
      authenticator_data: text(given.authenticatorData),
      signature: text(given.signature),
      user_handle: given.userHandle ? text(given.userHandle) : null,
    },
  });
}

async function addKey(name) {
  const asked = await own("/signin/passkeys/options");
  if (!asked.ok) return asked;
  const key = asked.public_key;
  const made = await navigator.credentials.create({
    publicKey: {
      ...key,
      challenge: bytes(key.challenge),
      user: { ...key.user, id: bytes(key.user.id) },
      excludeCredentials: key.excludeCredentials.map((one) => ({ ...one, id: bytes(one.id) })),
    },
  });
  return own("/signin/passkeys/add", {
    note: asked.note,
    name,
    credential: {
      id: text(made.rawId),
      client_data: text(made.response.clientDataJSON),
      attestation_object: text(made.response.attestationObject),
    },
  });
}

const onSubmit = (id, work) => $(id).addEventListener("submit", (event) => {
  event.preventDefault();
  work(event.target).catch((failure) => say(failure.message));
});

onSubmit("signin", async (form) => enter(await post("/signin", members(form))));
onSubmit("enrol", async (form) => {
  const codes = [form.elements.first.value, form.elements.second.value];
  form.reset();
  if (session) {
    return act(() => own("/signin/mfa/bind", { enrolment, enrolment_codes: codes }));
  }
  return enter(await post("/signin", {
    ...members($("signin")), enrolment, enrolment_codes: codes,
  }));
});
onSubmit("unbind", async (form) => {
  const shown = members(form);
  form.reset();
  return act(() => own("/signin/mfa/unbind", shown));
});
onSubmit("add", async (form) => {
  const { name } = members(form);
  form.reset();
  return act(() => addKey(name));
});
$("by-passkey").addEventListener("click", () =>
  useKey().then(enter).catch((failure) => say(failure.message)));
$("offer").addEventListener("click", async () => {
  const answer = await own("/signin/mfa/offer");
  if (answer.ok) offer(answer.enrolment);
  else say(answer.message);
});
$("signout").addEventListener("click", async () => {
  await post("/signout", { session });
  leave("");
});
