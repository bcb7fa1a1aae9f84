import { inEachBrowser } from './browsers.mjs';
import { test } from 'node:test';
inEachBrowser((here)=>{
  test('x', async()=>{
    const t=Date.now(); const lap=(n)=>console.log(here.name,n,Date.now()-t);
    const {page,site}=here;
    await page.beforeLoad(()=>{globalThis.early=1; });
    await page.open(site.url+'stories/bench.html'); lap('open');
    console.log(await page.run(()=>globalThis.early));
    await page.until(()=>typeof bench!=='undefined'); lap('bench');
    await page.run(async()=>{ globalThis.tagger=await bench.tagdrop.createTagger({workerUrl:'/stories/present_worker.js'}); }); lap('tagger');
    console.log(await page.run(async()=>bench.told(tagger.tag(await bench.photo('coffee.jpg'))))); lap('tag');
    console.log(await page.run(async()=>{const r=await tagger.tag(await bench.photo('coffee.jpg'));return r.timings})); lap('tag');
    console.log(await page.run(()=>bench.rollCall()), page.workers);
    await page.run(()=>tagger.dispose());
    console.log(await page.run(()=>bench.rollCall()), page.workers);
    await new Promise(r=>setTimeout(r,500));
    console.log(await page.run(()=>bench.rollCall()), page.workers);
    console.log(page.requests.length, site.requests.length, page.complaints, site.violations);
    await page.open(site.url); lap('demo');
    await page.until(()=>document.getElementById('status').dataset.state==='ready'); lap('ready');
    await page.run(()=>{const s=document.createElement('script');s.textContent='1';document.head.append(s)});
    await new Promise(r=>setTimeout(r,500));
    console.log(page.complaints, site.violations);
  });
});
