import { expect, test } from 'vitest';
import { html, prose } from '../../../src/rest/reference/markup.ts';

test('a value cannot become markup, neither as text nor in an attribute', () => {
  const hostile = `"><script>alert('&')</script>`;
  expect(html`<p title="${hostile}">${[hostile]}</p>`.html).toBe(
    `<p title="&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;">&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</p>`,
  );
});

test('markup inside markup stays markup, and null is nothing', () => {
  expect(html`<p>${html`<b>${1}</b>`}${null}</p>`.html).toBe('<p><b>1</b></p>');
});

test('backticks mark code, whose text is escaped', () => {
  expect(prose('send `a<b` twice').html).toBe('send <code>a&lt;b</code> twice');
});
