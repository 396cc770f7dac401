'use strict';
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Faces of figures: a menu shows the face that matches every menu of its figure. The ratio is
  // chosen once for the page.
  const show = (figure) => {
    const chosen = all('select[data-choice]', figure).map((s) => [s.dataset.choice, s.value]);
    let shown = 0;
    for (const view of all('.view', figure)) {
      view.hidden = !chosen.every(([name, value]) => view.dataset[name] === value);
      if (!view.hidden) shown += 1;
    }
    figure.querySelector('.missing').hidden = shown > 0;
  };
  const choose = (select) => {
    const same = select.dataset.choice === 'ratio' ? all('select[data-choice="ratio"]') : [select];
    for (const other of same) {
      if (![...other.options].some((option) => option.value === select.value)) continue;
      other.value = select.value;
      show(other.closest('figure'));
    }
  };
  for (const select of all('select[data-choice]')) {
    select.addEventListener('change', () => choose(select));
    show(select.closest('figure'));
  }

  // Policies: pointed at or kept, they stand out in every plot.
  const kept = new Set();
  let pointed = null;
  const drawn = all('.series[data-policy]');
  const charts = all('.canvas > svg');
  const chips = all('.chip');
  const highlight = () => {
    const on = new Set(kept);
    if (pointed !== null) on.add(pointed);
    for (const chart of charts) chart.classList.toggle('focus', on.size > 0);
    for (const item of drawn) item.classList.toggle('on', on.has(item.dataset.policy));
    for (const chip of chips) {
      chip.classList.toggle('on', on.has(chip.dataset.policy));
      chip.setAttribute('aria-pressed', String(kept.has(chip.dataset.policy)));
    }
    for (const row of all('tr[data-policy]')) {
      row.classList.toggle('on', kept.has(row.dataset.policy));
    }
  };
  const point = (policy) => {
    if (policy === pointed) return;
    pointed = policy;
    highlight();
  };
  const keep = (policy) => {
    if (!kept.delete(policy)) kept.add(policy);
    highlight();
  };
  for (const chip of chips) {
    chip.addEventListener('pointerenter', () => point(chip.dataset.policy));
    chip.addEventListener('pointerleave', () => point(null));
    chip.addEventListener('focus', () => point(chip.dataset.policy));
    chip.addEventListener('blur', () => point(null));
    chip.addEventListener('click', () => keep(chip.dataset.policy));
  }
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    kept.clear();
    point(null);
    highlight();
  });

  // Tooltips: the mark nearest to the pointer tells its <title>.
  const tip = document.getElementById('tip');
  for (const chart of charts) {
    const marks = all('.mark', chart).map((mark) => {
      const title = mark.querySelector('title');
      const text = title.textContent;
      title.remove();
      return {
        text,
        x: Number(mark.dataset.x),
        y: Number(mark.dataset.y),
        policy: mark.closest('.series').dataset.policy,
        bar: mark.querySelector('rect') !== null,
      };
    });
    const leave = () => {
      tip.hidden = true;
      point(null);
    };
    chart.addEventListener('pointermove', (event) => {
      const box = chart.getBoundingClientRect();
      const scale = chart.viewBox.baseVal.width / box.width;
      const x = (event.clientX - box.left) * scale;
      const y = (event.clientY - box.top) * scale;
      const label = event.target.closest('.label');
      let nearest = null;
      let least = label ? 0 : 34;
      for (const mark of label ? [] : marks) {
        const distance = mark.bar ? Math.abs(mark.y - y) * 3 : Math.hypot(mark.x - x, mark.y - y);
        if (distance < least) [nearest, least] = [mark, distance];
      }
      if (label) point(label.closest('.series').dataset.policy);
      if (!nearest) {
        tip.hidden = true;
        if (!label) point(null);
        return;
      }
      point(nearest.policy);
      tip.textContent = nearest.text;
      tip.hidden = false;
      const size = tip.getBoundingClientRect();
      const left = event.clientX + 16;
      const fits = left + size.width < window.innerWidth - 8;
      tip.style.left = `${fits ? left : event.clientX - size.width - 16}px`;
      tip.style.top = `${Math.max(8, event.clientY - size.height - 10)}px`;
    });
    chart.addEventListener('pointerleave', leave);
    chart.addEventListener('click', (event) => {
      const label = event.target.closest('.label');
      if (label) keep(label.closest('.series').dataset.policy);
    });
  }

  // Tables: sorting, where absent values stay last; a filter by words; columns by group.
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    const text = cell.textContent.trim();
    return text === '–' ? null : text;
  };
  const compare = (a, b) =>
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : String(a).localeCompare(String(b), 'en', { numeric: true });
  for (const table of all('table.sortable')) {
    const heads = all('thead th', table);
    const body = table.tBodies[0];
    heads.forEach((head, column) => {
      head.querySelector('button').addEventListener('click', () => {
        const numeric = head.classList.contains('n');
        const now = head.getAttribute('aria-sort');
        const first = numeric ? 'descending' : 'ascending';
        const other = numeric ? 'ascending' : 'descending';
        const next = now === first ? other : first;
        for (const each of heads) each.setAttribute('aria-sort', 'none');
        head.setAttribute('aria-sort', next);
        const sign = next === 'ascending' ? 1 : -1;
        const rows = [...body.rows].map((row) => [keyOf(row, column), row]);
        rows.sort(([a], [b]) => {
          if (a === null || b === null) return (a === null) - (b === null);
          return sign * compare(a, b);
        });
        body.append(...rows.map(([, row]) => row));
      });
    });
  }
  for (const input of all('input[data-filter]')) {
    const rows = [...document.getElementById(input.dataset.filter).tBodies[0].rows];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const count = document.querySelector(`output[data-count="${input.dataset.filter}"]`);
    const whole = count.textContent;
    input.addEventListener('input', () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, i) => {
        row.hidden = !words.every((word) => texts[i].includes(word));
        if (!row.hidden) shown += 1;
      });
      count.textContent = words.length ? `${shown} of ${whole}` : whole;
    });
  }
  for (const box of all('input[data-columns]')) {
    const apply = () =>
      document.getElementById('results')
        .classList.toggle(`hide-${box.dataset.columns}`, !box.checked);
    box.addEventListener('change', apply);
    apply();
  }
})();
