// The work behind scripts/mjml-compare: compile twice, photograph twice, count the pixels that differ.
const { createRequire } = require('module');
const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const load = createRequire(path.join(process.env.CACHE, 'package.json'));
const mjml = load('mjml');
const puppeteer = load('puppeteer-core');
const pixelmatch = load('pixelmatch');
const { PNG } = load('pngjs');

const WIDTHS = [700, 375];

// The reference; its default web fonts are left out on both sides.
async function reference(file) {
  const text = fs.readFileSync(file, 'utf8');
  const options = { fonts: {}, filePath: file, ignoreIncludes: false, validationLevel: 'soft' };
  return (await mjml(text, options)).html;
}

function ours(file) {
  const [command, ...before] = process.env.MASTHEAD.split(' ');
  return execFileSync(command, [...before, 'mjml', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

// Takes a picture of a page that lies beside the MJML file, so that its images are found.
async function picture(page, html, file, width) {
  const beside = path.join(path.dirname(file), `.compare-${process.pid}.html`);
  fs.writeFileSync(beside, html);
  try {
    await page.setViewport({ width, height: 400 });
    await page.goto(`file://${path.resolve(beside)}`, { waitUntil: 'load' });
    return PNG.sync.read(Buffer.from(await page.screenshot({ fullPage: true })));
  } finally {
    fs.unlinkSync(beside);
  }
}

// Puts a picture on a white canvas, so that pages of different heights can be compared.
function canvas(png, width, height) {
  const whole = new PNG({ width, height, fill: true });
  whole.data.fill(255);
  PNG.bitblt(png, whole, 0, 0, png.width, png.height, 0, 0);
  return whole;
}

function difference(left, right, save) {
  const width = Math.max(left.width, right.width);
  const height = Math.max(left.height, right.height);
  const diff = new PNG({ width, height });
  const [a, b] = [canvas(left, width, height), canvas(right, width, height)];
  const pixels = pixelmatch(a.data, b.data, diff.data, width, height, { threshold: 0.1 });
  if (pixels && process.env.SAVE) {
    fs.mkdirSync(process.env.SAVE, { recursive: true });
    for (const [name, png] of [['theirs', a], ['ours', b], ['diff', diff]])
      fs.writeFileSync(path.join(process.env.SAVE, `${save}-${name}.png`), PNG.sync.write(png));
  }
  return (100 * pixels) / (width * height);
}

async function main() {
  const files = process.argv.slice(2).flatMap((given) =>
    fs.statSync(given).isDirectory()
      ? fs.readdirSync(given).filter((name) => name.endsWith('.mjml')).sort().map((name) => path.join(given, name))
      : [given]);
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'mjml-compare-'));
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM,
    userDataDir: profile,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--allow-file-access-from-files'],
  });
  const page = await browser.newPage();
  await page.setRequestInterception(true);
  page.on('request', (request) => (/^(file|data):/.test(request.url()) ? request.continue() : request.abort()));
  let identical = 0;
  let worst = 0;
  console.log(`${'file'.padEnd(34)} ${WIDTHS.map((width) => `${width} px`.padStart(9)).join('')}   bytes ours / theirs`);
  for (const file of files) {
    const name = path.basename(file, '.mjml');
    try {
      const [theirs, mine] = [await reference(file), ours(file)];
      const diffs = [];
      for (const width of WIDTHS)
        diffs.push(difference(await picture(page, theirs, file, width), await picture(page, mine, file, width), `${name}-${width}`));
      if (diffs.every((diff) => diff === 0)) identical += 1;
      worst = Math.max(worst, ...diffs);
      console.log(`${name.padEnd(34)} ${diffs.map((diff) => `${diff.toFixed(3)} %`.padStart(9)).join('')}   ${mine.length} / ${theirs.length}`);
    } catch (error) {
      console.log(`${name.padEnd(34)} ${String(error.stderr || error.message).split('\n').slice(0, 3).join(' | ')}`);
    }
  }
  console.log(`${identical} of ${files.length} identical, worst ${worst.toFixed(3)} %`);
  await browser.close();
  fs.rmSync(profile, { recursive: true, force: true });
}

main();
