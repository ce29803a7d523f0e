// The search of the site, and its light and dark. Everything that it fetches lies beside it.
const home = document.body.dataset.home;

const theme = document.querySelector('#theme');
const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
};
const show = () => {
  theme.textContent = isDark() ? 'Light' : 'Dark';
};
const stored = localStorage.getItem('theme');
if (stored !== null) document.documentElement.dataset.theme = stored;
show();
theme.addEventListener('click', () => {
  const next = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = next;
  localStorage.setItem('theme', next);
  show();
});

const query = document.querySelector('#query');
const found = document.querySelector('#found');
let index;

/** Fetched when somebody begins to search. */
function load() {
  index ??= Promise.all([import('./minisearch.js'), fetch(`${home}/search.json`).then((answer) => answer.text())]).then(
    ([{ default: MiniSearch }, text]) => MiniSearch.loadJSON(text, { fields: ['title', 'heading', 'text'] }),
  );
  return index;
}

async function search() {
  const asked = query.value.trim();
  const results = asked === '' ? [] : (await load()).search(asked, ASKED).slice(0, 12);
  if (query.value.trim() !== asked) return;
  found.replaceChildren(
    ...results.map(({ title, heading, href }) => {
      const link = document.createElement('a');
      link.href = `${home}/${href}`;
      link.append(heading || title);
      if (heading) {
        const page = document.createElement('small');
        page.textContent = title;
        link.append(page);
      }
      const item = document.createElement('li');
      item.append(link);
      return item;
    }),
  );
  if (asked !== '' && results.length === 0) found.append('nothing found');
  found.hidden = asked === '';
}

const ASKED = { boost: { title: 2, heading: 4 }, prefix: true, fuzzy: 0.1 };
query.addEventListener('focus', load);
query.addEventListener('input', search);
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== query) {
    event.preventDefault();
    query.focus();
  }
  if (event.key === 'Escape') found.hidden = true;
});
document.addEventListener('click', ({ target }) => {
  if (!target.closest('search')) found.hidden = true;
});
