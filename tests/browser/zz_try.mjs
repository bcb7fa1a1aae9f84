import { inEachBrowser } from './browsers.mjs';
import { openBench, PHOTOS } from './demo.mjs';
import { test } from 'node:test'; import fs from 'node:fs';
inEachBrowser('t', (here)=>{
  test('x', async()=>{
    await openBench(here);
    const all = await here.page.run(async (photos) => {
      const tagger = await bench.tagdrop.createTagger();
      const all = [];
      for (const name of photos) {const r=await tagger.tag(await bench.photo(name)); all.push({file:name,tags:r.tags,scores:Array.from(r.scores)});}
      return all;
    }, PHOTOS);
    fs.writeFileSync('/tmp/dev/scores-'+here.name+'.json', JSON.stringify(all));
  });
});
