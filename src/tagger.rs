//! The whole product: bytes in, tags out.

use std::{borrow::Cow, sync::Arc};

use crate::{
    Result,
    image::{Pixels, decode, preprocess},
    model::{Classifier, Manifest, Scores, classifier},
    tags::{SelectOptions, Tag, select},
};

/// A model, loaded and ready, and how tags are chosen from its scores.
#[derive(Debug)]
pub struct Tagger {
    manifest: Arc<Manifest>,
    classifier: Classifier,
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
        Ok(Self { manifest, classifier, options })
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
        Ok(self.select(&scores.logits, &self.options))
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

    /// Chooses tags from scores, without running the network.
    pub fn select(&self, logits: &[f32], options: &SelectOptions) -> Vec<Tag> {
        select(logits, &self.manifest.labels, options)
    }
}
