/** One result in the manner of the engine's page. */
function toEntry(title: string, target: string, snippet: string, kind = "web-result"): string {
  const href = `//duckduckgo.com/l/?uddg=${encodeURIComponent(target)}&amp;rut=0123`;
  return `<div class="result results_links results_links_deep ${kind}"><div class="links_main">
    <h2 class="result__title"><a rel="nofollow" class="result__a" href="${href}">${title}</a></h2>
    <div class="result__extras"><a class="result__url" href="${href}"> ${target} </a></div>
    <a class="result__snippet" href="${href}">${snippet}</a></div></div>`;
}

/** A page of results with an advertisement and the same page twice. */
export const resultsPage: string = `<!DOCTYPE html><html><head><title>x at DuckDuckGo</title></head><body><form action="/html/"><input name="q" value="x"></form><div id="links" class="results">
${toEntry("Buy <b>boats</b>", "https://shop.example/", "An advertisement", "result--ad")}
${toEntry("The <b>harbour</b> &amp; its light", "https://coast.example/harbour?a=1&b=2", "Rebuilt after the <b>storm</b>,\n   by   many.")}
${toEntry("Plans", "http://plans.example/", "")}
${toEntry("Plans again", "http://plans.example/", "the same page")}
<div class="result web-result"><a class="result__a" href="https://duckduckgo.com/y.js?ad_domain=x">Another advertisement</a></div>
<div class="result web-result"><a class="result__a" href="https://direct.example/">Direct</a><div class="result__snippet">Without a detour</div></div>
</div></body></html>`;

/** What is answered where nothing is found. */
export const emptyPage = `<html><body><div id="links" class="results"><div class="result results_links no-result"><div class="no-results">No results.</div></div></div></body></html>`;

/** What is answered to those who ask too often. */
export const riddlePage = `<html><body><form id="challenge-form" action="//duckduckgo.com/anomaly.js"><div class="anomaly-modal__title">Prove that you are a person</div></form></body></html>`;
