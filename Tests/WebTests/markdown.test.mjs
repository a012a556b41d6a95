import assert from 'node:assert/strict';
import test from 'node:test';
import { viper } from './support.mjs';

/** As much of a document as the renderer may use: there is nothing in it that parses. */
globalThis.document = {
  createTextNode: (text) => ({ text }),
  createElement: (tag) => ({
    tag,
    attributes: {},
    children: [],
    setAttribute(name, value) {
      this.attributes[name] = value;
    },
    append(...children) {
      this.children.push(...children);
    },
    addEventListener() {},
  }),
};
const { audience } = await import('../../Services/gateway/Web/state/mentions.js');
const { plain, render } = await import('../../Services/gateway/Web/timeline/markdown.js');

const text = (node) => (typeof node === 'string' ? node : (node.text ?? node.children.map(text).join('')));
const all = (source) => render(source, audience(null, viper));
const tags = (source) => all(source).filter((node) => node.tag).map((node) => `${node.tag}:${text(node)}`);

test('bold, italic and code become elements', () => {
  assert.deepEqual(tags('**a** *b* `c`'), ['strong:a', 'em:b', 'code:c']);
});

test('nothing is lost: the text of the nodes is the text without its marks', () => {
  const source = 'x **bold** y `code` <b>&amp; 2*3*4 @Viper-1. https://a.test/x).';
  assert.equal(all(source).map(text).join(''), source.replaceAll('**', '').replaceAll('`', ''));
});

test('only http and https make links, with the sentence left outside', () => {
  const [link] = all('see https://example.test/a?b=c.').filter((node) => node.tag === 'a');
  assert.equal(link.attributes.href, 'https://example.test/a?b=c');
  assert.equal(link.attributes.rel, 'noopener noreferrer nofollow');
  for (const source of [
    'javascript:alert(1)',
    'data:text/html,x',
    '[x](javascript:alert(1))',
    'ftp://a.test',
    'https://',
  ]) {
    assert.deepEqual(all(source).filter((node) => node.tag === 'a'), [], source);
  }
});

test('a look-alike host is shown as the browser will ask for it', () => {
  const [link] = all('https://аpple.test/').filter((node) => node.tag === 'a');
  assert.match(text(link), /xn--/);
});

test('markup stays text', () => {
  assert.deepEqual(tags('<img src=x onerror=alert(1)> <script>x</script>'), []);
});

test('code keeps what it holds, mentions included', () => {
  assert.deepEqual(tags('`@Viper-1 **x**`'), ['code:@Viper-1 **x**']);
});

test('a mention of the reader is told from one of the squad and of others', () => {
  const classes = all('@Viper-1 @squad @Owl-3').filter((node) => node.tag).map((node) => node.attributes.class);
  assert.deepEqual(classes, ['mention you', 'mention', 'mention']);
});

test('a mention is drawn once and whole, wherever it stands; quoted lines mention nobody', () => {
  const named = (node) => node.attributes?.class?.startsWith('mention');
  const drawn = (source) => all(source).flatMap((node) => [node, ...(node.children ?? [])]).filter(named)
    .map((node) => `${node.attributes.class}:${text(node)}`);
  const wanted = ['mention you:@Viper-1', 'mention you:@Viper-1', 'mention:@everyone'];
  assert.deepEqual(drawn('**go @Viper-1** *@Viper-1* @everyone'), wanted);
  assert.deepEqual(drawn('```\n@Viper-1\n``` and ``a ` @Viper-1``'), []);
  assert.deepEqual(drawn('see https://a.test/@Viper-1'), []);
});

test('long runs of marks take no long time', () => {
  const started = Date.now();
  all('*'.repeat(2_000));
  all('`'.repeat(2_000));
  all('@'.repeat(2_000));
  all(`https://${'.'.repeat(1_900)}`);
  all('**a'.repeat(600));
  all('```\n'.repeat(500));
  all('> '.repeat(1_000));
  all('>\n> '.repeat(500));
  all(`https://${'('.repeat(1_900)}`);
  all('https://a.test/ **'.repeat(110));
  all(`\`${'``x'.repeat(600)}`);
  assert.ok(Date.now() - started < 500);
});

const linksIn = (source) => {
  const found = (node) => (node.tag === 'a' ? [text(node)] : (node.children ?? []).flatMap(found));
  return all(source).flatMap(found);
};

test('brackets with a partner belong to a link, others end it', () => {
  const cases = {
    'https://a.test/Cat_(animal)': 'https://a.test/Cat_(animal)',
    '(see https://a.test/Cat_(animal))': 'https://a.test/Cat_(animal)',
    '(https://a.test/x)and': 'https://a.test/x',
    '[x](https://a.test/x).': 'https://a.test/x',
    'https://a.test/?q[]=1&r={2}': 'https://a.test/?q[]=1&r={2}',
    'https://a.test/x_(': 'https://a.test/x',
    'https://[2001:db8::1]/x]': 'https://[2001:db8::1]/x',
  };
  for (const [source, wanted] of Object.entries(cases)) assert.deepEqual(linksIn(source), [wanted], source);
});

test('punctuation of Chinese and Japanese ends a link, letters do not', () => {
  const cases = {
    '見て https://a.test/x。次': 'https://a.test/x',
    '（https://a.test/x）': 'https://a.test/x',
    '看「https://a.test/x」，好': 'https://a.test/x',
    'https://a.test/x！': 'https://a.test/x',
    'https://a.test/時々/x': 'https://a.test/時々/x',
  };
  for (const [source, wanted] of Object.entries(cases)) assert.deepEqual(linksIn(source), [wanted], source);
});

test('a link inside bold or italic is a link, and nothing of it is lost', () => {
  for (const mark of ['**', '*']) {
    assert.deepEqual(linksIn(`${mark}https://a.test/x${mark}`), ['https://a.test/x']);
    const source = `${mark}go to https://a.test/x, @Viper-1${mark}`;
    assert.deepEqual(linksIn(source), ['https://a.test/x']);
    assert.equal(all(source).map(text).join(''), 'go to https://a.test/x, @Viper-1');
  }
});

test('fenced lines are a block of code, without its language', () => {
  assert.deepEqual(tags('see\n```swift\nlet a = 1\n\n  **b**\n```\nend'), ['pre:let a = 1\n\n  **b**']);
  assert.deepEqual(all('a\n```\nb\n```\nc').map(text), ['a\n', 'b', 'c']);
  assert.deepEqual(tags('````\n```\nx\n```\n````'), ['pre:```\nx\n```']);
  assert.deepEqual(tags('```\nnever closed'), []);
  assert.deepEqual(tags('``a ` b`` ```c```'), ['code:a ` b', 'code:c']);
});

test('quoted lines stand together, and what is written in them is drawn', () => {
  assert.deepEqual(tags('> one\n> **two**\nthree'), ['blockquote:one\ntwo\n']);
  assert.equal(all('> one\nthree').map(text).join(''), 'one\nthree');
  assert.deepEqual(tags('a > b\n>1.0840 holds'), []);
  assert.deepEqual(linksIn('> https://a.test/x'), ['https://a.test/x']);
});

test('where nothing can be drawn the words stand without marks', () => {
  assert.equal(plain('**Go** *now* `1.08` https://a.test/_x_'), 'Go now 1.08 https://a.test/_x_');
  assert.equal(plain('> quoted\n```js\nlet **a**\n```'), 'quoted\nlet a ');
});
