/** Words enough that a page is about something. */
const sentence = "The harbour of the small town was rebuilt after the storm, and the people who live from fishing, about forty families, came back within a year. ";

/** A page with everything around its article that pages have. */
export const articlePage: string = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The harbour | Coast Times</title>
<meta name="author" content="Ada Example"><script>window.tracked = "script words";</script><style>.menu { color: red }</style></head>
<body>
<header><nav class="menu"><ul><li><a href="/home">Front page</a></li><li><a href="/sport">Sport section</a></li></ul></nav></header>
<main><article>
<h1>The harbour</h1>
<p>${sentence.repeat(2)}</p>
<h2>What was built</h2>
<p>${sentence} Read <a href="/plans?year=2020&amp;part=1">the plans</a> and <a href="https://other.example/report">the report</a>.</p>
<ul><li>a pier of stone</li><li>a light<ol><li>red</li><li>green</li></ol></li></ul>
<pre><code class="language-sh">make pier &amp;&amp; make light
  # two lines</code></pre>
<table><thead><tr><th>Part</th><th>Cost</th></tr></thead><tbody><tr><td>Pier</td><td>4 | 5</td></tr><tr><td>Light</td><td>2</td></tr></tbody></table>
<blockquote><p>It holds.</p></blockquote>
<p>${sentence.repeat(2)}</p>
</article></main>
<aside class="sidebar"><a href="/ad">Buy a boat today</a></aside>
<footer><p>Imprint and cookies</p></footer>
</body></html>`;
