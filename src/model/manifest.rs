//! What a model is: the `manifest.json` that lies beside its ONNX file.

use serde::Deserialize;

use crate::{Error, ErrorCode, Result, limits};

/// A model's description. Fields that only people read (licence, origin, accuracy …) are not repeated here.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Manifest {
    /// Name of the model, such as `efficientnet-lite0`.
    pub id: String,
    /// Changes whenever scores may change.
    pub version: String,
    /// Name of the ONNX file, beside the manifest.
    pub file: String,
    /// Of the ONNX file, in lower-case hex.
    pub sha256: String,
    /// Length of the ONNX file.
    pub bytes: usize,
    /// What goes in.
    pub input: Input,
    /// What comes out.
    pub outputs: Outputs,
    /// How the network was quantized; absent for float networks.
    pub quantization: Option<Quantization>,
    /// What makes the scores probabilities; absent if that was not measured.
    pub calibration: Option<Calibration>,
    /// One a class, in the order of the scores.
    pub labels: Vec<Label>,
}

/// What goes in: one square RGB image, value = (byte − mean) ÷ scale.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Input {
    /// Name in the graph.
    pub name: String,
    /// `[1, 3, edge, edge]`.
    pub shape: [usize; 4],
    /// `NCHW`; no other layout is known.
    pub layout: String,
    /// Of red, green and blue; 0 to 255.
    pub mean: [f32; 3],
    /// Of red, green and blue; above 0.
    pub scale: [f32; 3],
    /// Side of the centre crop as a share of the short side; above 0, at most 1.
    pub crop: f64,
    /// `bicubic`; no other filter is known.
    pub filter: String,
}

/// Names of the graph's outputs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Outputs {
    /// One raw score a class.
    pub logits: String,
    /// The pooled features before the last layer, if the graph gives them.
    pub embedding: Option<String>,
}

/// How the network was quantized.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Quantization {
    /// `qoperator`: whole quantized nodes, which run on integer kernels. Anything else runs as a float model would.
    pub format: String,
}

/// What makes scores probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Calibration {
    /// Scores are divided by it before the softmax; above 0.
    pub temperature: f32,
}

/// A class.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Label {
    /// WordNet 3.0 synset, such as `n02123045`, or an id of the model's own.
    pub id: String,
    /// For people, English.
    pub name: String,
}

impl Manifest {
    /// Reads and checks a `manifest.json`.
    ///
    /// # Errors
    /// `model-mismatch`, saying which field is wrong.
    pub fn parse(json: impl AsRef<[u8]>) -> Result<Self> {
        let manifest: Self = serde_json::from_slice(json.as_ref())
            .map_err(|e| mismatch(format!("The model's manifest cannot be read: {e}.")))?;
        let input = &manifest.input;
        let [one, three, height, width] = input.shape;
        let checks = [
            (
                one == 1 && three == 3 && height == width && (1..=4096).contains(&width),
                "input.shape must be [1, 3, edge, edge]",
            ),
            (input.layout == "NCHW", "input.layout must be NCHW"),
            (input.filter == "bicubic", "input.filter must be bicubic"),
            (input.crop > 0.0 && input.crop <= 1.0, "input.crop must be above 0 and at most 1"),
            (input.scale.iter().all(|&s| s.is_finite() && s > 0.0), "input.scale must be above 0"),
            (input.mean.iter().all(|m| m.is_finite()), "input.mean must be numbers"),
            (
                manifest.calibration.is_none_or(|c| c.temperature.is_finite() && c.temperature > 0.0),
                "calibration.temperature must be above 0",
            ),
            (!manifest.labels.is_empty(), "labels must not be empty"),
            (manifest.bytes <= limits::MAX_MODEL_BYTES, "bytes is beyond the limit for models"),
        ];
        match checks.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(mismatch(format!("The model's manifest is wrong: {rule}."))),
            None => Ok(manifest),
        }
    }

    /// Pixels along the edge of the input.
    pub fn edge(&self) -> u32 {
        self.input.shape[3] as u32
    }

    /// `id@version`, which results carry so that they can be redone when the model changes.
    pub fn name(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// Whether the network is made of whole quantized nodes.
    pub fn is_quantized(&self) -> bool {
        self.quantization.as_ref().is_some_and(|q| q.format == "qoperator")
    }
}

pub(super) fn mismatch(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::ModelMismatch, message)
}
