import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { web } from './support.mjs';

const read = (path) => readFileSync(new URL(path, web), 'utf8');
const files = readdirSync(web, { recursive: true }).map(String);
const modules = files.filter((name) => name.endsWith('.js'));
const page = read('index.html');
const listed = (pattern) => [...page.matchAll(pattern)].map((match) => match[1]);

/** The modules that come with one, itself included. */
function closure(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, path] of read(name).matchAll(/\bfrom '(\.[^']+)'/g)) {
    closure(decodeURI(new URL(path, new URL(name, 'file:///')).pathname.slice(1)), found);
  }
  return found;
}

test('the page asks at once for every module of its first view, and for no other', () => {
  const preloaded = listed(/rel="modulepreload" href="([^"]+)"/g);
  assert.deepEqual([...preloaded, 'main.js'].sort(), [...closure('main.js')].sort());
});

test('what comes later is there, and nothing lies there that never comes', () => {
  const named = [...read('page.js').matchAll(/\bimport\('\.\/([^']+)'\)/g)].map(([, name]) => name);
  const coming = named.reduce((found, name) => closure(name, found), closure('main.js'));
  assert.ok(named.length > 0);
  assert.deepEqual([...coming].sort(), [...modules].sort());
});

test('every style sheet, icon and font that is named exists', () => {
  const named = listed(/(?:href|src)="((?!#)[^"]+)"/g).filter((name) => !name.startsWith('#'));
  for (const name of named) assert.ok(files.includes(name), name);
  const fonts = [...read('styles/tokens.css').matchAll(/url\("\.\.\/([^"]+)"\)/g)];
  assert.equal(fonts.length, 2);
  for (const [, name] of fonts) assert.ok(files.includes(name), name);
});

test('every icon that is drawn is in the page', () => {
  const symbols = new Set(listed(/<symbol id="i-([^"]+)"/g));
  for (const name of modules) {
    const text = read(name);
    const patterns = [/\bicon\('([^']+)'/g, /#i-([a-z-]+)['"`]/g, /icon: '([^']+)'/g];
    const drawn = patterns.flatMap((pattern) => [...text.matchAll(pattern)]);
    for (const [, id] of drawn) assert.ok(symbols.has(id), `${name}: ${id}`);
  }
});

test('no module parses a string as markup, sets a style attribute, or names another origin', () => {
  for (const name of modules) {
    const text = read(name);
    assert.doesNotMatch(
      text,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser/, name,
    );
    assert.doesNotMatch(text, /\.style\.(?!setProperty)|style:/, name);
    const origins = [...text.matchAll(/https?:\/\/[\w.-]+/g)].filter(([url]) => url !== 'http://www.w3.org');
    assert.deepEqual(origins, [], name);
  }
  assert.doesNotMatch(page, /\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)/);
});

test('a file of the client has at most 160 lines', () => {
  for (const name of modules) assert.ok(read(name).split('\n').length <= 161, name);
});
