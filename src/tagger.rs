//! The whole product: bytes in, tags out.

use std::{borrow::Cow, sync::Arc};

use crate::{
    Result,
    image::{Pixels, decode, preprocess},
    model::{Classifier, Manifest, Scores, classifier},
    tags::{SelectChange, SelectOptions, Selection, Selector, Tag},
    vocabulary::{Concepts, Names},
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
    pub fn new<'a>(manifest: &str, onnx: impl Into<Cow<'a, [u8]>>, options: SelectOptions) -> Result<Self> {
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

    /// Calls the same tags otherwise: another language's names, read for these concepts.
    ///
    /// # Errors
    /// `model-mismatch`.
    pub fn rename(&mut self, language: &str, names: String) -> Result<()> {
        self.selector.rename(Names::parse(language, names, self.selector.concepts())?);
        Ok(())
    }

    /// The options with `change` laid over them, checked against the vocabulary.
    ///
    /// # Errors
    /// `invalid-options`.
    pub fn options_with(&self, change: SelectChange) -> Result<SelectOptions> {
        let options = self.options.with(change)?;
        self.selector.check(&options)?;
        Ok(options)
    }

    /// Chooses tags from scores, without running the network.
    pub fn select(&self, logits: &[f32], options: &SelectOptions) -> Selection {
        self.selector.select(logits, options)
    }
}
