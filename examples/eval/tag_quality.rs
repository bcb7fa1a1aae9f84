//! How good the tags of labelled photos are. A tag is right if it is the photo's class or something that class rolls up to.

use std::{collections::BTreeSet, ops::Range};

use serde_json::{Value, json};
use tagdrop::{
    tags::{Selection, Selector, State},
    vocabulary::ConceptIndex,
};

/// Concepts of more classes are left out of account: to be right with them is too easy.
const WIDEST: usize = 250;

/// Of equal width, for the calibration error.
const BINS: usize = 15;

const RESAMPLES: usize = 1000;

/// What was found so far.
#[derive(Default)]
pub struct TagQuality {
    photos: Vec<Vec<Judged>>,
    shown: usize,
}

#[derive(Clone, Copy)]
struct Judged {
    confidence: f32,
    accepted: bool,
    right: bool,
}

/// Shares of 1; of all photos or of a resample of them.
#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    precision: f64,
    coverage: f64,
    suggested_precision: f64,
    suggested_coverage: f64,
    ece: f64,
}

type Figure = fn(&Figures) -> f64;

impl TagQuality {
    /// Judges the tags of a photo of this class.
    pub fn add(&mut self, class: usize, selection: &Selection, selector: &Selector) {
        let true_concepts: BTreeSet<ConceptIndex> =
            selector.concepts().iter().map(|(at, _)| at).filter(|&at| selector.classes(at).contains(&class)).collect();
        self.shown += selection.tags.len();
        let judged = selection.tags.iter().filter_map(|tag| {
            let concept = selector.concepts().find(&tag.id)?;
            (selector.classes(concept).len() <= WIDEST).then(|| Judged {
                confidence: tag.confidence,
                accepted: tag.state == State::Accepted,
                right: true_concepts.contains(&concept),
            })
        });
        self.photos.push(judged.collect());
    }

    /// Prints the table and gives it as JSON, with 95 % intervals from resampled photos.
    pub fn print(&self, title: &str) -> Value {
        let all = self.figures(0..self.photos.len());
        let resamples = self.resamples();
        let interval = |of: Figure| {
            let mut values: Vec<f64> = resamples.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            [values[RESAMPLES / 40], values[RESAMPLES - 1 - RESAMPLES / 40]]
        };
        let tags_per_photo = self.shown as f64 / self.photos.len() as f64;
        let rows: [(&str, &str, Figure); 5] = [
            ("precision", "accepted tags that are right", |f| f.precision),
            ("coverage", "photos with a right accepted tag", |f| f.coverage),
            ("suggested_precision", "all tags that are right", |f| f.suggested_precision),
            ("suggested_coverage", "photos with a right tag", |f| f.suggested_coverage),
            ("ece", "calibration error", |f| f.ece),
        ];
        println!("{title}: {tags_per_photo:.2} tags a photo");
        let mut answer = json!({ "tags_per_photo": tags_per_photo, "intervals": {} });
        for (key, meaning, of) in rows {
            let [low, high] = interval(of);
            println!("  {meaning:<33} {:5.1} % ({:.1} to {:.1})", of(&all) * 100.0, low * 100.0, high * 100.0);
            answer[key] = of(&all).into();
            answer["intervals"][key] = json!([low, high]);
        }
        answer
    }

    /// The figures of as many photos drawn with replacement, again and again; the same ones every time.
    fn resamples(&self) -> Vec<Figures> {
        let count = self.photos.len() as u64;
        // Marsaglia's xorshift64 from an arbitrary start.
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut draw = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % count) as usize
        };
        (0..RESAMPLES).map(|_| self.figures((0..count).map(|_| draw()).collect::<Vec<_>>())).collect()
    }

    fn figures(&self, photos: impl IntoIterator<Item = usize>) -> Figures {
        let (mut count, mut covered, mut covered_accepted) = (0, 0, 0);
        let mut tags: Vec<&Judged> = vec![];
        for photo in photos {
            let judged = &self.photos[photo];
            count += 1;
            covered += usize::from(judged.iter().any(|tag| tag.right));
            covered_accepted += usize::from(judged.iter().any(|tag| tag.right && tag.accepted));
            tags.extend(judged);
        }
        let accepted: Vec<&Judged> = tags.iter().copied().filter(|tag| tag.accepted).collect();
        Figures {
            precision: right(&accepted),
            coverage: share(covered_accepted, count),
            suggested_precision: right(&tags),
            suggested_coverage: share(covered, count),
            ece: calibration_error(&tags),
        }
    }
}

/// How far confidence and rightness lie apart, a bin at a time, weighed by the tags in it.
fn calibration_error(tags: &[&Judged]) -> f64 {
    let bin = |tag: &Judged| ((tag.confidence * BINS as f32).ceil() as usize).clamp(1, BINS) - 1;
    let all: Range<usize> = 0..BINS;
    let apart = all.map(|at| {
        let inside: Vec<&Judged> = tags.iter().copied().filter(|tag| bin(tag) == at).collect();
        let confidence: f64 = inside.iter().map(|tag| f64::from(tag.confidence)).sum();
        let rightness = inside.iter().filter(|tag| tag.right).count() as f64;
        (confidence - rightness).abs()
    });
    apart.sum::<f64>() / (tags.len().max(1) as f64)
}

fn right(tags: &[&Judged]) -> f64 {
    share(tags.iter().filter(|tag| tag.right).count(), tags.len())
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
