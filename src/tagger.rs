//! The whole product: bytes in, tags out.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use serde::Serialize;

use crate::{
    Result,
    image::{Pixels, decode, preprocess},
    model::{Classifier, Manifest, Scores, classifier},
    tags::{Named, SelectChange, SelectOptions, Selection, Selector, Tag},
    vocabulary::{Concepts, Names, search},
};

/// A model, loaded and ready, and how tags are chosen from its scores.
#[derive(Debug)]
pub struct Tagger {
    manifest: Arc<Manifest>,
    classifier: Classifier,
    selector: Selector,
    /// How tags are chosen. May be changed at any time; scores that were kept can be selected from again.
    pub options: SelectOptions,
}

impl Tagger {
    /// Loads a model from the text of its `manifest.json` and the bytes of its ONNX file.
    ///
    /// # Errors
    /// `model-mismatch`.
    pub fn new<'a>(manifest: impl AsRef<[u8]>, onnx: impl Into<Cow<'a, [u8]>>, options: SelectOptions) -> Result<Self> {
        let manifest = Arc::new(Manifest::parse(manifest)?);
        let classifier = Classifier::load(Arc::clone(&manifest), onnx)?;
        let selector = Selector::plain(&manifest)?;
        Ok(Self { manifest, classifier, selector, options })
    }

    /// With the texts of the model's `concepts.tsv` and of a language's names, by which classes roll up to broader tags. Without them
    /// the model's labels are all the tags there are.
    ///
    /// # Errors
    /// `model-mismatch`.
    pub fn with_vocabulary(mut self, concepts: &str, language: &str, names: String) -> Result<Self> {
        let concepts = Concepts::parse(concepts)?;
        let names = Names::parse(language, names, &concepts)?;
        self.selector = Selector::new(&self.manifest, concepts, names)?;
        Ok(self)
    }

    /// As [`Tagger::new`], with the file's SHA-256 checked first.
    ///
    /// # Errors
    /// `model-mismatch`.
    pub fn verified(manifest: &str, onnx: &[u8], options: SelectOptions) -> Result<Self> {
        classifier::verify(&Manifest::parse(manifest)?, onnx)?;
        Self::new(manifest, onnx, options)
    }

    /// The model that answers.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The tags of one image file, best first; none if nothing is sure enough.
    ///
    /// # Errors
    /// What was wrong with the file: see [`decode()`].
    pub fn tag(&self, bytes: &[u8]) -> Result<Vec<Tag>> {
        let pixels = decode(bytes)?;
        let scores = self.classify(&pixels)?;
        Ok(self.select(&scores.logits, &self.options).tags)
    }

    /// What the network says of one picture.
    ///
    /// # Errors
    /// `internal`, or `model-mismatch` if the network's scores do not fit its labels.
    pub fn classify(&self, pixels: &Pixels) -> Result<Scores> {
        let input = preprocess(pixels, self.manifest.edge(), self.manifest.input.crop)?;
        self.classifier.run(&input)
    }

    /// The network itself, for pictures that are already cropped and sized as it wants.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// What tags mean and what they are called.
    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Changes the options and, with the text of another language's names, what the same tags are called. Names in the options are of
    /// that language then, and kept as ids. Either all is changed or nothing.
    ///
    /// # Errors
    /// `invalid-options`, `model-mismatch`.
    pub fn change(&mut self, change: SelectChange, names: Option<(&str, String)>) -> Result<()> {
        let concepts = self.selector.concepts();
        let names = names.map(|(language, text)| Names::parse(language, text, concepts)).transpose()?;
        self.options = self.selector.resolve(self.options.with(change)?, names.as_ref())?;
        if let Some(names) = names {
            self.selector.rename(names);
        }
        Ok(())
    }

    /// The options with `change` laid over them, with ids for names.
    ///
    /// # Errors
    /// `invalid-options`.
    pub fn options_with(&self, change: SelectChange) -> Result<SelectOptions> {
        self.selector.resolve(self.options.with(change)?, None)
    }

    /// What answers, in which language, and under which options.
    pub fn about(&self) -> About<'_> {
        About { model: self.manifest.name(), locale: self.selector.names().language(), options: &self.options }
    }

    /// The concepts that words may mean in the languages of these names, or without any in the tagger's own; see [`search()`].
    ///
    /// # Errors
    /// `model-mismatch`.
    pub fn search(&self, words: &str, names: Vec<String>) -> Result<Vec<Named>> {
        let concepts = self.selector.concepts();
        let names = names.into_iter().map(|text| Names::parse("", text, concepts)).collect::<Result<Vec<_>>>()?;
        let languages: Vec<&Names> =
            if names.is_empty() { vec![self.selector.names()] } else { names.iter().collect() };
        Ok(search(words, concepts, &languages).into_iter().map(|concept| self.selector.named(concept)).collect())
    }

    /// What these ids are called in the tagger's language; ids that are no concepts are left out.
    pub fn names(&self, ids: Vec<String>) -> BTreeMap<String, &str> {
        let named = |id: String| {
            let concept = self.selector.concepts().find(&id)?;
            Some((id, self.selector.names().name(concept)))
        };
        ids.into_iter().filter_map(named).collect()
    }

    /// Chooses tags from scores, without running the network.
    pub fn select(&self, logits: &[f32], options: &SelectOptions) -> Selection {
        self.selector.select(logits, options)
    }
}

/// What a tagger says of itself.
#[derive(Debug, Serialize)]
pub struct About<'a> {
    /// `id@version`.
    pub model: String,
    /// As BCP 47 has it; empty without a vocabulary.
    pub locale: &'a str,
    /// In force, with ids for names.
    pub options: &'a SelectOptions,
}
