// Progressive enhancement of the admin. It never parses HTML, so it runs under Trusted Types.
const $ = (s, root = document) => root.querySelector(s);
const el = (tag, props = {}, ...kids) => { const e = Object.assign(document.createElement(tag), props); e.append(...kids); return e; };

// the texts are attributes of the body
const words = document.body.dataset;

// "/" focuses the search field
addEventListener('keydown', (e) => {
  if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.('input, textarea, select, [contenteditable]')) return;
  const find = $('.find input');
  if (find) { e.preventDefault(); find.focus(); find.select(); }
});

// warn about unsaved changes
let leaving = false;
const mark = (form) => {
  if (!form?.matches('[data-guard]')) return;
  const bar = $('.savebar', form), state = bar && $('.state', bar);
  if (!bar || bar.hasAttribute('data-dirty')) return;
  bar.setAttribute('data-dirty', '');
  if (state) state.textContent = words.unsaved;
};
addEventListener('input', (e) => mark(e.target.form));
addEventListener('change', (e) => mark(e.target.form));
addEventListener('beforeunload', (e) => { if (!leaving && $('.savebar[data-dirty]')) e.preventDefault(); });

// prevent double submission until the response arrives, the page is restored from history, or ten seconds pass
const busy = (form, button, on) => { for (const e of [form, button]) if (e) e.ariaBusy = on ? 'true' : null; };
addEventListener('pageshow', () => { leaving = false; for (const e of document.querySelectorAll('form[aria-busy], button[aria-busy]')) e.ariaBusy = null; });

// data-confirm opens a confirmation dialog; data-final adds that the action cannot be undone
const ask = (text, label, danger, final) => new Promise((done) => {
  const yes = el('button', { type: 'submit', value: 'yes', className: danger ? 'button strong danger' : 'button strong', textContent: label });
  const no = el('button', { type: 'submit', value: '', className: 'button', textContent: words.keep, autofocus: true });
  const title = el('h2', { id: 'ask-title', textContent: text });
  const box = el('dialog', { className: 'ask' }, el('form', { method: 'dialog' }, title, el('p', { textContent: final ? words.irreversible : '' }), el('div', { className: 'row' }, no, yes)));
  box.setAttribute('aria-labelledby', 'ask-title');
  box.addEventListener('close', () => { done(box.returnValue === 'yes'); box.remove(); });
  document.body.append(box);
  box.showModal();
});
addEventListener('submit', async (e) => {
  const form = e.target, button = e.submitter;
  if (form.ariaBusy === 'true') return e.preventDefault();
  if (button?.dataset.confirm && !button.dataset.sure) {
    e.preventDefault();
    if (!await ask(button.dataset.confirm, button.textContent.trim(), button.classList.contains('danger'), 'final' in button.dataset)) return;
    button.dataset.sure = '1';
    form.requestSubmit(button);
    delete button.dataset.sure;
    return;
  }
  if (form.target || button?.formTarget || form.method !== 'post') return;
  leaving = true;
  busy(form, button, true);
  setTimeout(busy, 10000, form, button, false);
});

// live preview: submit with the Preview button 600 ms after the last input
const preview = $('button[formtarget="preview"]');
if (preview) {
  let timer;
  let pressing = false, isLive = false;
  const press = () => { isLive = true; preview.form.requestSubmit(preview); isLive = false; };
  preview.form.addEventListener('input', (e) => {
    if (!['title', 'body', 'excerpt'].includes(e.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(press, 600);
  });
  // keep the scroll position of the preview
  const frame = $('iframe[name="preview"]');
  let top = 0;
  preview.form.addEventListener('submit', (e) => {
    pressing = e.submitter === preview;
    if (!pressing) return;
    try { top = frame.contentWindow.scrollY; } catch { top = 0; }
    if (!isLive) frame.scrollIntoView({ block: 'nearest' });
  });
  // do not upload files with every preview: they are stored when the post is saved
  preview.form.addEventListener('formdata', (e) => {
    if (!pressing) return;
    for (const [name, value] of [...e.formData]) if (value instanceof File) e.formData.delete(name);
  });
  frame?.addEventListener('load', () => { try { frame.contentWindow.scrollTo(0, top); } catch { /* another origin */ } });
  if ($('textarea[name="body"]', preview.form)?.value.trim()) press();
}

// insert a picture's Markdown at the cursor
addEventListener('click', (e) => {
  const pick = e.target.closest('[data-insert]');
  if (!pick) return;
  const text = $('textarea[name="body"]');
  if (!text) return;
  const { selectionStart: a, selectionEnd: b, value } = text;
  const gap = a && value[a - 1] !== '\n' ? '\n\n' : '';
  text.setRangeText(gap + pick.dataset.insert + '\n', a, b, 'end');
  text.focus();
  text.dispatchEvent(new Event('input', { bubbles: true }));
});

// thumbnails of selected files before the upload
addEventListener('change', (e) => {
  const input = e.target;
  if (input.dataset && 'submit' in input.dataset) return input.form.requestSubmit();
  if (input.type !== 'file' || !input.accept.includes('image')) return;
  input.parentElement.querySelector('.chosen')?.remove();
  const files = [...input.files].filter((f) => f.type.startsWith('image/'));
  if (!files.length) return;
  const list = el('ul', { className: 'media-pick chosen' });
  for (const f of files.slice(0, 12)) {
    const src = new FileReader(), img = el('img', { alt: '' });
    src.onload = () => { img.src = src.result; };
    src.readAsDataURL(f);
    list.append(el('li', { className: 'one' }, el('span', { className: 'shot' }, img), el('span', { textContent: f.name })));
  }
  input.after(list);
});

$('#problems')?.focus();

// data-print: a print button, hidden without JavaScript
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
