// Compiled, never run: what the package exports is what it declares, and a user's code means what its types say.
import * as exported from '../../js/index.js';
import type { DecisionLog, IndexedTagResult, Outcome, Tag, Tagger, TagResult } from '../../js/types.d.ts';

export const declared: typeof import('../../js/types.d.ts') = exported;
export const nothingUndeclared: { [Name in keyof typeof exported]: unknown } = null! as typeof import('../../js/types.d.ts');

export async function use(file: File, list: FileList, canvas: OffscreenCanvas): Promise<Outcome[]> {
  const tagger: Tagger = await exported.createTagger({ maxTags: 3, onProgress: ({ stage, loaded }) => console.log(stage, loaded) });
  const result: TagResult = await tagger.tag(file, { signal: AbortSignal.timeout(1000) });
  const tags: Tag[] = result.scores ? await tagger.select(result.scores, { minConfidence: 0.1 }) : result.tags;
  await tagger.setOptions({ maxTags: undefined });
  const outcomes = [result.outcome, tags.length ? ('tagged' as const) : ('no-confident-tag' as const)];
  for await (const each of tagger.tagAll(list, { maxPending: 4 })) outcomes.push((each satisfies IndexedTagResult).outcome);
  for await (const { index } of tagger.tagAll([canvas, 'photo.jpg', new URL('photo.jpg', document.baseURI)])) console.log(index);
  // @ts-expect-error tag() has no options of selection
  await tagger.tag(file, { maxTags: 1 });
  // @ts-expect-error a number is no image
  await tagger.tag(1);
  const log: DecisionLog = await exported.openDecisionLog({ persistent: true, onChange: ({ images }) => console.log(images) });
  await log.decide('hash', tags[0].id, 'rejected', { model: tagger.model });
  const kept: Tag[] = await log.remember('hash', tags, { id: 'monday', model: tagger.model, mode: 'replace' });
  await tagger.setOptions({ rejected: kept.length ? await log.rejected('hash') : undefined });
  // @ts-expect-error the machine's decisions are not a person's
  await log.decide('hash', 'n02084071', 'added');
  tagger.dispose();
  return outcomes;
}
