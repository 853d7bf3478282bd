// Passkeys (WebAuthn). A form with data-passkey is shown if the browser can answer. It fetches a challenge, asks the
// browser, and submits the answer as a normal form.
const PKC = globalThis.PublicKeyCredential;
const forms = PKC?.parseRequestOptionsFromJSON ? [...document.querySelectorAll('form[data-passkey]')] : [];
let asking;

const ask = async (form, mediation) => {
  asking?.abort();
  const { signal } = asking = new AbortController();
  const failure = form.querySelector('[data-passkey-error]');
  failure.hidden = true;
  try {
    const answer = await fetch(form.dataset.challenge, { headers: { Accept: 'application/json' }, credentials: 'same-origin', signal });
    if (!answer.ok) throw new Error(answer.status);
    const { options, state } = await answer.json();
    const credential = form.dataset.passkey === 'create'
      ? await navigator.credentials.create({ publicKey: PKC.parseCreationOptionsFromJSON(options), signal })
      : await navigator.credentials.get({ publicKey: PKC.parseRequestOptionsFromJSON(options), signal, ...(mediation && { mediation }) });
    form.elements.credential.value = JSON.stringify(credential);
    form.elements.state.value = state;
    form.requestSubmit();
  } catch (error) {
    if (signal.aborted || mediation) return;
    console.warn(error);
    failure.hidden = false;
  }
};

for (const form of forms) {
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    ask(form);
  });
}
if (forms.length) for (const none of document.querySelectorAll('[data-passkey-none]')) none.hidden = true;
addEventListener('pageshow', () => { for (const form of forms) form.elements.credential.value = ''; });

// Offer passkeys in the list that the browser opens at the email field. A challenge expires after 15 minutes.
const autofill = forms.find((form) => 'autofill' in form.dataset);
if (autofill && await PKC.isConditionalMediationAvailable?.()) {
  const offer = () => ask(autofill, 'conditional');
  let idle = true;
  autofill.addEventListener('submit', () => { idle = false; });
  offer();
  setInterval(() => { if (idle) offer(); }, 14 * 60 * 1000);
}
