//! Scores → tags: calibration, broader concepts, thresholds, the best few.
//!
//! A broader concept is as sure as the classes below it together, so that a photo torn between five breeds is still surely a dog.

use std::cmp::Reverse;

use serde::Serialize;

use super::{
    filter::{self, Filter},
    options::SelectOptions,
    tag::{ClassScore, Named, Rule, Source, State, Tag, Why},
};
use crate::{
    Error, ErrorCode, Result,
    model::Manifest,
    vocabulary::{ConceptIndex, Concepts, Names},
};

/// A broader concept of little interest (priority below 0) is only shown while there are fewer tags than this: better than two
/// vague words is a third, but nobody types "mammal" when there is "cat, pet, tabby cat, feline".
const ENOUGH: usize = 4;

/// Candidates below are not worth a word about why they were dropped; 0 to 1.
const CANDIDATE: f32 = 0.05;

/// Classes named in a [`Why`].
const NAMED_CLASSES: usize = 3;

/// What a model's scores mean.
#[derive(Debug, Clone)]
pub struct Selector {
    concepts: Concepts,
    names: Names,
    /// Of each concept its classes: those that are it or below it, as indices of scores.
    classes: Vec<Vec<usize>>,
    /// Of each class its concept.
    labels: Vec<ConceptIndex>,
    /// Of each concept whether it is a class itself.
    is_class: Vec<bool>,
    temperature: f32,
}

/// What came of one picture's scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Selection {
    /// Best first: accepted ones, among them classes before what they roll up to, then suggested ones.
    pub tags: Vec<Tag>,
    /// Candidates that did not become tags, surest first.
    pub dropped: Vec<Dropped>,
}

/// A candidate that did not become a tag.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dropped {
    /// As a tag's.
    pub id: String,
    /// As a tag's.
    pub name: String,
    /// 0 to 1.
    pub confidence: f32,
    /// What it failed.
    pub why: Why,
}

/// A concept that may become a tag.
#[derive(Clone, Copy)]
struct Candidate {
    concept: ConceptIndex,
    confidence: f32,
    threshold: f32,
    rule: Rule,
}

impl Selector {
    /// For a model with a vocabulary.
    ///
    /// # Errors
    /// `model-mismatch` if a label of the model is no concept.
    pub fn new(manifest: &Manifest, concepts: Concepts, names: Names) -> Result<Self> {
        let labels = manifest.labels.iter().map(|label| {
            concepts.find(&label.id).ok_or_else(|| {
                Error::new(ErrorCode::ModelMismatch, format!("The vocabulary does not know the model's {}.", label.id))
            })
        });
        let labels = labels.collect::<Result<Vec<ConceptIndex>>>()?;
        let mut classes = vec![vec![]; concepts.len()];
        for (class, &concept) in labels.iter().enumerate() {
            for reached in std::iter::once(concept).chain(concepts.above(concept).iter().copied()) {
                classes[reached.get()].push(class);
            }
        }
        let mut is_class = vec![false; concepts.len()];
        for concept in &labels {
            is_class[concept.get()] = true;
        }
        let temperature = manifest.calibration.map_or(1.0, |calibration| calibration.temperature);
        Ok(Self { concepts, names, classes, labels, is_class, temperature })
    }

    /// For a model without one: its labels are all there is.
    ///
    /// # Errors
    /// `model-mismatch` if there are too many labels or one has an empty id.
    pub fn plain(manifest: &Manifest) -> Result<Self> {
        let concepts = Concepts::plain(manifest.labels.iter().map(|label| label.id.as_str()))?;
        let names =
            Names::plain(manifest.labels.iter().map(|label| (label.id.as_str(), label.name.as_str())), &concepts);
        Self::new(manifest, concepts, names)
    }

    /// What tags mean.
    pub fn concepts(&self) -> &Concepts {
        &self.concepts
    }

    /// What they are called.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Calls the same tags otherwise: another language.
    pub fn rename(&mut self, names: Names) {
        self.names = names;
    }

    /// The classes, as indices of scores, that are a concept or below it.
    pub fn classes(&self, concept: ConceptIndex) -> &[usize] {
        &self.classes[concept.get()]
    }

    /// The options with ids for names, as `names` or else this vocabulary's own language has them.
    ///
    /// # Errors
    /// `invalid-options`, naming what does not exist here.
    pub fn resolve(&self, options: SelectOptions, names: Option<&Names>) -> Result<SelectOptions> {
        filter::resolve(options, &self.concepts, names.unwrap_or(&self.names))
    }

    /// The tags that `logits` (one a label) are worth, and what was dropped on the way.
    ///
    /// Names in the options' lists that mean nothing here are passed over; see [`Selector::resolve`].
    pub fn select(&self, logits: &[f32], options: &SelectOptions) -> Selection {
        let mut shares = softmax(logits, self.temperature);
        shares.resize(self.labels.len(), 0.0);
        let filter = Filter::new(options, &self.concepts, &self.names);
        let (claims, doubts, mut dropped) = self.candidates(&shares, &filter, options);
        let mut kept = self.few(&shares, claims, doubts, options, &mut dropped);
        let accepted = self.accepted(&kept, options);
        kept.sort_by_key(|tag| Reverse(accepted(tag)));
        dropped.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let tags = kept.iter().map(|tag| Tag {
            id: self.id(tag.concept),
            name: self.names.name(tag.concept).to_owned(),
            confidence: tag.confidence,
            source: Source::Local,
            state: if accepted(tag) { State::Accepted } else { State::Suggested },
            parents: self.parents(tag.concept, &filter),
            why: self.why(tag, &shares),
        });
        let dropped = dropped.iter().map(|candidate| Dropped {
            id: self.id(candidate.concept),
            name: self.names.name(candidate.concept).to_owned(),
            confidence: candidate.confidence,
            why: self.why(candidate, &shares),
        });
        Selection { tags: tags.collect(), dropped: dropped.collect() }
    }

    /// Every concept with its confidence, in three heaps: those sure enough to be claimed, those only worth suggesting, and the rest.
    fn candidates(
        &self,
        shares: &[f32],
        filter: &Filter,
        options: &SelectOptions,
    ) -> (Vec<Candidate>, Vec<Candidate>, Vec<Candidate>) {
        let all = self.concepts.iter().map(|(concept, about)| {
            let own = options.thresholds.get(&about.id).copied().or(about.threshold);
            let sum: f32 = self.classes(concept).iter().map(|&class| shares[class]).sum();
            Candidate {
                concept,
                confidence: sum.min(1.0),
                threshold: own.unwrap_or(options.min_confidence),
                rule: filter.refuses(concept, &self.concepts).unwrap_or(if self.is_class(concept) {
                    Rule::Class
                } else {
                    Rule::Broader
                }),
            }
        });
        let mut all: Vec<Candidate> = all.filter(|c| c.confidence > 0.0).collect();
        let best = all.iter().filter(|c| c.is_wanted()).map(|c| c.confidence).fold(0.0, f32::max);
        let sure = options.accept_confidence.min(options.accept_all_confidence);
        let (mut claims, mut doubts, mut dropped) = (vec![], vec![], vec![]);
        for candidate in &mut all {
            if candidate.is_wanted() && candidate.confidence < candidate.threshold {
                candidate.rule = Rule::Unsure;
            } else if candidate.is_wanted() && candidate.confidence < best * options.relative_cut {
                candidate.rule = Rule::FarBehind;
            }
            if !candidate.is_wanted() {
                if candidate.confidence >= CANDIDATE {
                    dropped.push(*candidate);
                }
            } else if candidate.confidence >= sure {
                claims.push(*candidate);
            } else {
                doubts.push(*candidate);
            }
        }
        (claims, doubts, dropped)
    }

    /// Claims with all their useful parents, then doubts, of those that rest on the same class only the likeliest; at most `max_tags`.
    fn few(
        &self,
        shares: &[f32],
        mut claims: Vec<Candidate>,
        mut doubts: Vec<Candidate>,
        options: &SelectOptions,
        dropped: &mut Vec<Candidate>,
    ) -> Vec<Candidate> {
        let limit = if options.max_tags == 0 { usize::MAX } else { options.max_tags };
        let too_broad: Vec<bool> = claims.iter().map(|claim| self.is_too_broad(claim.concept, &claims)).collect();
        let mut ranked: Vec<(bool, Candidate)> = too_broad.into_iter().zip(claims.drain(..)).collect();
        ranked.sort_by(|(a_broad, a), (b_broad, b)| {
            let rank = |broad: bool, claim: &Candidate| {
                let about = self.concepts.get(claim.concept);
                let depth = self.concepts.above(claim.concept).len();
                (broad, !self.is_class(claim.concept), Reverse(about.priority), Reverse(depth))
            };
            rank(*a_broad, a).cmp(&rank(*b_broad, b)).then(b.confidence.total_cmp(&a.confidence))
        });
        let mut kept: Vec<Candidate> = vec![];
        for (broad, claim) in ranked {
            if kept.len() >= limit {
                dropped.push(Candidate { rule: Rule::TooMany, ..claim });
            } else if broad && kept.len() >= ENOUGH {
                dropped.push(Candidate { rule: Rule::TooBroad, ..claim });
            } else {
                kept.push(claim);
            }
        }
        doubts.sort_by(|a, b| {
            // Of equally likely ones the narrower says more.
            let rank = |doubt: &Candidate| {
                (self.classes(doubt.concept).len(), Reverse(self.concepts.above(doubt.concept).len()))
            };
            let dull = |doubt: &Candidate| !self.is_telling(doubt.concept);
            dull(a).cmp(&dull(b)).then(b.confidence.total_cmp(&a.confidence)).then(rank(a).cmp(&rank(b)))
        });
        let sure = kept.len();
        let rests_on = |doubt: &Candidate, other: &Candidate| {
            let likeliest = |a: &&usize, b: &&usize| shares[**a].total_cmp(&shares[**b]);
            let best = self.classes(doubt.concept).iter().max_by(likeliest);
            best.is_some_and(|best| self.classes(other.concept).contains(best))
        };
        for doubt in doubts {
            let said = kept[sure..].iter().any(|other| rests_on(&doubt, other) || rests_on(other, &doubt));
            if said {
                dropped.push(Candidate { rule: Rule::SaidAlready, ..doubt });
            } else if kept.len() >= limit {
                dropped.push(Candidate { rule: Rule::TooMany, ..doubt });
            } else {
                kept.push(doubt);
            }
        }
        kept
    }

    /// Which of the tags are accepted: the surest one that is no mere noise needs less than the others, which fall with it.
    fn accepted(&self, kept: &[Candidate], options: &SelectOptions) -> impl Fn(&Candidate) -> bool + use<> {
        // Backwards: of equals the first, which says more, is the greatest.
        let surest = kept.iter().rev().max_by(|a, b| {
            let telling = |tag: &Candidate| self.is_telling(tag.concept);
            telling(a).cmp(&telling(b)).then(a.confidence.total_cmp(&b.confidence))
        });
        let surest = surest.filter(|tag| tag.confidence >= options.accept_confidence).map(|tag| tag.concept);
        let all = options.accept_all_confidence;
        move |tag| tag.confidence >= all || Some(tag.concept) == surest
    }

    fn is_class(&self, concept: ConceptIndex) -> bool {
        self.is_class[concept.get()]
    }

    /// Whether a concept is more than one of those vague ones that only help where nothing better is known.
    fn is_telling(&self, concept: ConceptIndex) -> bool {
        self.is_class(concept) || self.concepts.get(concept).priority >= 0
    }

    /// Whether a claim is of little interest, and something narrower is claimed as well.
    fn is_too_broad(&self, concept: ConceptIndex, claims: &[Candidate]) -> bool {
        !self.is_telling(concept) && claims.iter().any(|other| self.concepts.above(other.concept).contains(&concept))
    }

    /// All above a concept but what the deny list names or a person rejected.
    fn parents(&self, concept: ConceptIndex, filter: &Filter) -> Vec<Named> {
        let above = self.concepts.above(concept).iter();
        let unwanted = [Some(Rule::Denied), Some(Rule::Rejected)];
        let wanted = above.filter(|&&parent| !unwanted.contains(&filter.refuses(parent, &self.concepts)));
        wanted.map(|&parent| self.named(parent)).collect()
    }

    /// A concept and what it is called.
    pub fn named(&self, concept: ConceptIndex) -> Named {
        Named { id: self.id(concept), name: self.names.name(concept).to_owned() }
    }

    fn id(&self, concept: ConceptIndex) -> String {
        self.concepts.get(concept).id.clone()
    }

    fn why(&self, candidate: &Candidate, shares: &[f32]) -> Why {
        let mut classes = self.classes(candidate.concept).to_vec();
        classes.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]));
        let named = classes.into_iter().take(NAMED_CLASSES).filter(|&class| shares[class] > 0.0);
        Why {
            rule: candidate.rule,
            threshold: candidate.threshold,
            classes: named
                .map(|class| {
                    let Named { id, name } = self.named(self.labels[class]);
                    ClassScore { id, name, confidence: shares[class] }
                })
                .collect(),
        }
    }
}

impl Candidate {
    /// Whether nothing speaks against it yet.
    fn is_wanted(&self) -> bool {
        matches!(self.rule, Rule::Class | Rule::Broader)
    }
}

/// Scores as shares of 1, at a temperature: below 1 makes a network surer, above less sure. Scores that are no numbers come out as 0,
/// never as a tag.
fn softmax(logits: &[f32], temperature: f32) -> Vec<f32> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let power = |logit: f32| if logit.is_nan() { 0.0 } else { ((logit - highest) / temperature).exp() };
    let powers: Vec<f32> = logits.iter().map(|&logit| power(logit)).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|p| if sum > 0.0 && sum.is_finite() { p / sum } else { 0.0 }).collect()
}
