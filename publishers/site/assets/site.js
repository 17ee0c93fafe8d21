// What script adds to pages that are whole without it: search as you type, sorting, a filter for rows.
const base = document.body.dataset.base;
const language = document.documentElement.lang;
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();

for (const element of document.querySelectorAll("[data-without-script]")) element.remove();

// Search -----------------------------------------------------------------------------------------------------------
for (const form of document.querySelectorAll("[data-search]")) {
  const input = form.querySelector("input");
  const list = form.querySelector(".results");
  const status = form.querySelector(".status");
  let engine;
  let asked = "";
  const say = (sentence, values) => {
    status.textContent = Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), sentence);
  };
  const search = async () => {
    const query = input.value.trim();
    if (query === asked) return;
    asked = query;
    if (!query) {
      list.replaceChildren();
      status.textContent = "";
      return;
    }
    engine ??= await import(`${base}pagefind/pagefind.js`);
    const found = await engine.debouncedSearch(query, {}, 120);
    if (found === null || query !== asked) return;
    const pages = await Promise.all(found.results.slice(0, 10).map((result) => result.data()));
    if (query !== asked) return;
    say(found.results.length ? status.dataset.some : status.dataset.none, { count: found.results.length, query });
    list.replaceChildren(
      ...pages.map((page) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        link.href = page.url;
        link.textContent = page.meta.title;
        const text = document.createElement("p");
        text.innerHTML = page.excerpt; // made by pagefind from our own pages, escaped but for <mark>
        item.append(link, text);
        return item;
      }),
    );
  };
  input.addEventListener("input", search);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  const given = new URLSearchParams(location.search).get("q");
  if (given) {
    input.value = given;
    search();
  }
}

// Tables -----------------------------------------------------------------------------------------------------------
const words = {
  vi: { filter: "Lọc dòng", count: "{shown} trong {rows} dòng" },
  en: { filter: "Filter rows", count: "{shown} of {rows} rows" },
}[language] ?? { filter: "Filter rows", count: "{shown} / {rows}" };
const comma = language === "vi";
const value = (cell) => {
  const text = cell.textContent.trim();
  const plain = comma ? text.replaceAll(".", "").replace(",", ".") : text.replaceAll(",", "");
  const number = Number.parseFloat(plain.replace("−", "-").replace("<", ""));
  return Number.isNaN(number) ? null : number;
};
const collator = new Intl.Collator(language);

function sortBy(table, index, header) {
  const down = header.getAttribute("aria-sort") === "descending";
  const numeric = !header.classList.contains("t");
  const rising = numeric ? down : header.getAttribute("aria-sort") !== "ascending";
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const key = (row) => (numeric ? value(row.cells[index]) : row.cells[index].textContent.trim());
  const compare = (left, right) => {
    const a = key(left);
    const b = key(right);
    if (a === null || b === null) return (a === null) - (b === null);
    return (rising ? 1 : -1) * (numeric ? a - b : collator.compare(a, b));
  };
  body.append(...rows.sort(compare));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", rising ? "ascending" : "descending");
}

function addFilter(table, number) {
  const rows = [...table.tBodies[0].rows];
  if (rows.length < 6) return;
  const box = document.createElement("p");
  box.className = "filter";
  const input = Object.assign(document.createElement("input"), { type: "search", id: `filter-${number}` });
  const label = Object.assign(document.createElement("label"), { htmlFor: input.id, textContent: words.filter });
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  box.append(label, input, count);
  table.parentElement.before(box);
  const texts = rows.map((row) => fold(row.textContent));
  input.addEventListener("input", () => {
    const wanted = fold(input.value.trim());
    let shown = 0;
    rows.forEach((row, index) => {
      row.hidden = !texts[index].includes(wanted);
      shown += !row.hidden;
    });
    count.textContent = wanted ? words.count.replace("{shown}", shown).replace("{rows}", rows.length) : "";
  });
}

document.querySelectorAll("table[data-sortable]").forEach((table, number) => {
  if (table.tBodies[0].rows.length < 2) return;
  [...table.tHead.rows[0].cells].forEach((header, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sorter";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => sortBy(table, index, header));
  });
  addFilter(table, number);
});
