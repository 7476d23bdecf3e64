/** What the page loads, and what it may load. */
export interface PageSources {
  readonly script: string;
  readonly style: string;
  /** Where the webview's own files come from, as a source of a content security policy. */
  readonly origin: string;
  /** New for each page: only a script that carries it runs. */
  readonly nonce: string;
}

/** The denoising view's page: all that stands still in it. What moves is the script's, webview/denoising.ts. */
export function pageOf({ script, style, origin, nonce }: PageSources): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${origin}; script-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Denoising</title>
</head>
<body>
<section id="empty">
<p class="noise" aria-hidden="true">░░░░ ░░░░░░ ░ ░░░<br>░░ ░░░░░░░░ ░░░░<br>░░░░░ ░░</p>
<h1>No suggestion has been written yet</h1>
<p>Type in a file, or press <kbd>Alt</kbd>+<kbd>\\</kbd> where something is missing. The suggestion is then shown here, step by step, as it sharpens out of noise.</p>
</section>
<main id="view" hidden>
<header>
<select id="infills" aria-label="Suggestion"></select>
<button id="pin" type="button" aria-pressed="false" title="Hold this suggestion while new ones come">${icon("M5.5 1.5h5M6.5 1.5v5l-2.5 3h8l-2.5-3v-5M8 9.5v5")}<span>Pin</span></button>
<button id="copyText" type="button" title="Copy the text as it is in the end">${copyIcon}<span>Text</span></button>
<button id="copySteps" type="button" title="Copy all steps as text">${copyIcon}<span>Steps</span></button>
</header>
<div id="code"><span id="before"></span><span id="gap" role="listbox" tabindex="0" aria-label="The gap, token by token; up and down go through the tokens"></span><span id="after"></span></div>
<div id="noiseRow"><span id="noiseLabel">Noise</span><div id="noise" role="meter" aria-labelledby="noiseLabel" aria-valuemin="0" aria-valuemax="100"><div id="noiseLeft"></div></div><output id="noiseValue"></output></div>
<dl>
<div><dt>Step</dt><dd id="step"></dd></div>
<div><dt>Tokens</dt><dd id="tokens"></dd></div>
<div><dt>Tokens per forward</dt><dd id="perForward"></dd></div>
<div><dt>Time</dt><dd id="time"></dd></div>
</dl>
<div id="transport" role="group" aria-label="Playback">
<button id="back" type="button" title="One step back (Left Arrow)" aria-label="One step back">${icon("M4 3v10M13 3 6.5 8 13 13z")}</button>
<button id="play" type="button" title="Play or pause (Space)" aria-label="Play">${icon("M4 2.5 13 8 4 13.5z", "playIcon")}${icon("M4.5 3v10M11.5 3v10", "pauseIcon")}</button>
<button id="forward" type="button" title="One step forward (Right Arrow)" aria-label="One step forward">${icon("M12 3v10M3 3 9.5 8 3 13z")}</button>
<input id="slider" type="range" min="0" step="1" aria-label="Step">
<select id="speed" aria-label="Speed"></select>
</div>
<p id="detail" aria-live="polite"></p>
<ul id="legend" aria-label="Legend">
<li><span class="token sure">sure</span> 90 % and more</li>
<li><span class="token likely">likely</span> 50 % and more</li>
<li><span class="token unsure">unsure</span> less</li>
<li><span class="token sure fresh">fresh</span> this step</li>
<li><span class="mask">░</span> noise</li>
</ul>
</main>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}

const copyIcon = icon("M5.5 4.5v-3h8v9h-3M2.5 4.5h8v10h-8z");

function icon(path: string, name = ""): string {
  return `<svg class="icon ${name}" viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
}
