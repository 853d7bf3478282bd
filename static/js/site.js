// Progressive enhancement of the public pages: everything works without JavaScript.
const $ = (s, root = document) => root.querySelector(s);

// data-swap="#a, #b": submit the form with fetch and replace these regions from the full page in the response.
const swap = (page, regions) => {
  let hit = 0;
  for (const selector of regions.split(',').map((s) => s.trim())) {
    const from = page.querySelector(selector), to = $(selector);
    if (!to || !from) continue;
    hit++;
    // Screen readers announce a live region only if the element itself stays in the document.
    if (to.getAttribute('role') !== 'status') { to.replaceWith(from); continue; }
    for (const kid of from.children) kid.removeAttribute('role');
    to.replaceChildren(...from.childNodes);
  }
  return hit;
};
const keepFocus = (f) => {
  const a = document.activeElement, action = a?.form?.getAttribute('action');
  const same = (e) => e.tagName === a.tagName && e.name === a.name && e.dataset.step === a.dataset.step && (e.type !== 'radio' || e.value === a.value);
  f();
  if (!a || document.contains(a)) return;
  const again = (a.id && document.getElementById(a.id)) || [...document.forms].filter((x) => action && x.getAttribute('action') === action).flatMap((x) => [...x.elements]).find(same);
  again?.focus({ preventScroll: true });
};
// Remove the errors of an earlier response.
const clearErrors = (form) => {
  for (const said of form.querySelectorAll('.problems, .error')) said.remove();
  for (const field of form.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid');
};
// On phones the confirmation covers the bar with the button, so hide it after six seconds.
let fading;
const showAdded = () => {
  const added = $('#added');
  clearTimeout(fading);
  if (!added?.firstElementChild || !matchMedia('(width < 60rem)').matches) return;
  const fade = () => {
    if (added.matches(':hover, :focus-within')) fading = setTimeout(fade, 1500); else added.replaceChildren();
  };
  fading = setTimeout(fade, 6000);
};
const send = async (form, button, url, regions) => {
  const body = new FormData(form, button?.name ? button : undefined);
  const plain = ![...body.values()].some((v) => v instanceof File);
  const answer = await fetch(url, { method: 'POST', body: plain ? new URLSearchParams(body) : body, headers: { Accept: 'text/html' }, credentials: 'same-origin' });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  if (answer.ok) clearErrors(form);
  let hit = 0;
  keepFocus(() => { hit = swap(page, regions); });
  if (!hit) throw new Error('nothing to swap');
  return page;
};

// Prevent double submission until the response arrives, the page is restored from history, or ten seconds pass.
const busy = (form, button, on) => { for (const e of [form, button]) if (e) e.ariaBusy = on ? 'true' : null; };
addEventListener('pageshow', () => { for (const e of document.querySelectorAll('form[aria-busy], button[aria-busy]')) e.ariaBusy = null; });

addEventListener('submit', async (event) => {
  const form = event.target, regions = form.dataset.swap;
  if (event.defaultPrevented || form.method !== 'post') return;
  if (regions || form.ariaBusy === 'true') event.preventDefault();
  if (form.ariaBusy === 'true') return;
  const button = event.submitter;
  busy(form, button, true);
  if (!regions) return setTimeout(busy, 10000, form, button, false);
  try {
    await send(form, button, button?.hasAttribute('formaction') ? button.formAction : form.action, regions);
    const flash = $('#flash'), problems = $(regions.split(',').map((s) => `${s} .problems`).join());
    if (problems) problems.focus();
    else if (flash?.textContent.trim()) flash.scrollIntoView({ block: 'nearest' });
    showAdded();
  } catch {
    if (!form.isConnected) return location.reload();
    form.removeAttribute('data-swap');
    form.submit();
  } finally {
    busy(form, button, false);
  }
});

addEventListener('click', (event) => {
  // quantity steppers
  const step = event.target.closest('[data-step]');
  if (step) {
    const input = $('input', step.parentElement), before = input.value;
    if (step.dataset.step > 0) input.stepUp(); else input.stepDown();
    if (input.value !== before) input.dispatchEvent(new Event('change', { bubbles: true }));
    return;
  }
  // gallery thumbnails: scroll the slides, not the page
  const thumb = event.target.closest('.thumbs a');
  if (thumb) {
    const slide = document.getElementById(thumb.hash.slice(1));
    if (!slide) return;
    event.preventDefault();
    const list = slide.parentElement, still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    list.scrollTo({ left: slide.offsetLeft - list.offsetLeft, behavior: still ? 'auto' : 'smooth' });
  }
});

// mark the thumbnail of the visible picture
const slides = $('.gallery .slides');
if (slides && 'IntersectionObserver' in window) {
  const seen = new IntersectionObserver((entries) => {
    for (const e of entries) if (e.isIntersecting) {
      for (const a of document.querySelectorAll('.thumbs a')) {
        if (a.hash === '#' + e.target.id) a.setAttribute('aria-current', 'true'); else a.removeAttribute('aria-current');
      }
    }
  }, { root: slides, threshold: 0.6 });
  for (const li of slides.children) seen.observe(li);
}

// show price and stock of the selected variant, from the table of variants
const choose = () => {
  const places = [...document.querySelectorAll('[data-choose]')].map((s) => s.selectedIndex).join('-');
  const row = places && $(`[data-choice="${places}"]`), shown = $('.cost .price'), stock = $('#in-stock');
  if (!row || !shown) return;
  shown.replaceWith($('.price', row).cloneNode(true));
  if (!stock) return;
  stock.lastChild.textContent = row.cells[2].textContent;
  stock.className = row.className || row.cells[2].className || 'good';
};
choose();

// remove the error of a corrected field, also from the error summary
const mended = (field) => {
  const group = field.type === 'radio' ? field.closest('fieldset') : null, of = group ?? field;
  const id = field.name.replaceAll('_', '-'), error = document.getElementById(`${field.id}-error`) ?? document.getElementById(`${id}-error`);
  if (!error || !field.checkValidity() || (field.required && !field.value.trim())) return;
  of.removeAttribute('aria-invalid');
  const left = (of.getAttribute('aria-describedby') ?? '').split(' ').filter((s) => s && s !== error.id).join(' ');
  if (left) of.setAttribute('aria-describedby', left); else of.removeAttribute('aria-describedby');
  error.remove();
  const list = $('#problems');
  if (!list) return;
  for (const a of list.querySelectorAll('a')) if (a.hash === '#' + error.id.slice(0, -6)) (a.closest('li') ?? a).remove();
  if (!list.querySelector('li')) {
    list.remove();
    document.title = document.title.replace(list.dataset.errorTitle ?? '', '');
  }
};

let timer, turn = 0;
addEventListener('change', (event) => {
  const field = event.target, form = field.form;
  if (!form) return;
  mended(field);
  if ('submit' in field.dataset) return form.requestSubmit();
  if ('choose' in field.dataset) return choose();
  // a changed quantity in the cart is submitted automatically
  if (field.name === 'quantity' && form.closest('#cart') && form.dataset.swap) {
    clearTimeout(timer);
    timer = setTimeout(() => form.isConnected && form.reportValidity() && form.requestSubmit(), 350);
    return;
  }
  // checkout: address and shipping method change the totals
  const quote = $('[data-requote]', form);
  if (quote && ['country', 'region', 'postcode', 'company', 'vat_number', 'shipping_method'].includes(field.name)) {
    const mine = ++turn, regions = quote.dataset.requote, totals = $('#totals');
    if (totals) totals.ariaBusy = 'true';
    const body = new URLSearchParams(new FormData(form, quote.name ? quote : undefined));
    fetch(quote.formAction, { method: 'POST', body, headers: { Accept: 'text/html' } })
      .then((r) => r.text())
      .then((text) => {
        if (mine !== turn) return;
        const page = new DOMParser().parseFromString(text, 'text/html'), at = document.activeElement;
        // do not replace a region while its text field has the focus
        const typing = (s) => at?.matches('textarea, input:not([type=radio])') && $(s)?.contains(at);
        // and keep what was typed while the request was running
        const boxes = 'textarea, input:not([type=hidden], [type=radio], [type=checkbox])';
        const typed = [...form.elements].filter((e) => e.name && e.matches(boxes)).map((e) => [e.name, e.value]);
        keepFocus(() => swap(page, regions.split(', ').filter((s) => !typing(s)).join(', ')));
        for (const [name, value] of typed) { const now = form.elements[name]; if (now?.matches?.(boxes) && now.value !== value) now.value = value; }
      })
      .catch(() => {})
      .finally(() => { const t = $('#totals'); if (t && mine === turn) t.ariaBusy = null; });
  }
});

// move the focus to the error summary
$('#problems')?.focus({ preventScroll: false });
