//! [`InputTensor`] → [`Scores`]. Loaded once, run many times.

use std::{borrow::Cow, sync::Arc};

use tract_onnx::{prelude::*, tract_core::plan};

#[cfg(feature = "any-model")]
use super::float;
use super::{
    manifest::{Manifest, mismatch},
    quantized,
};
use crate::{Error, ErrorCode, Result, hash::sha256, image::InputTensor, limits};

/// What the network says of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// One raw score (logit) a class, in the order of the manifest's labels.
    pub logits: Vec<f32>,
    /// The pooled features before the last layer, empty if the graph does not give them.
    pub embedding: Vec<f32>,
}

/// A network ready to run.
#[derive(Debug)]
pub struct Classifier {
    plan: Arc<TypedRunnableModel>,
    manifest: Arc<Manifest>,
}

impl Classifier {
    /// Loads the ONNX file that belongs to `manifest`.
    ///
    /// A network of whole quantized nodes is wired as it is, without tract's optimizer, and runs on integer kernels; any other goes
    /// through tract's own operators (feature `any-model`).
    ///
    /// # Errors
    /// `model-mismatch` if the file is not what the manifest says, in length, hash, operators or shapes.
    pub fn load<'a>(manifest: Arc<Manifest>, onnx: impl Into<Cow<'a, [u8]>>) -> Result<Self> {
        let onnx = onnx.into();
        if onnx.len() != manifest.bytes || onnx.len() > limits::MAX_MODEL_BYTES {
            return Err(mismatch(format!(
                "The model file has {} bytes; its manifest says {}.",
                onnx.len(),
                manifest.bytes
            )));
        }
        let plan = if manifest.is_quantized() {
            quantized::read(&manifest, onnx.into_owned()).and_then(TypedModel::into_runnable)
        } else {
            any_plan(&manifest, &onnx)
        };
        let plan = plan.map_err(|e| mismatch(format!("The model file cannot be run: {e:#}.")))?;
        let scores =
            plan.model().output_fact(0).map_err(defect)?.shape.as_concrete().map(|shape| shape.iter().product());
        fits_labels(scores.unwrap_or(manifest.labels.len()), &manifest)?;
        Ok(Self { plan, manifest })
    }

    /// The scores of one picture.
    ///
    /// # Errors
    /// `internal` if the network fails on a picture of the right size, `model-mismatch` if its scores do not fit its labels.
    pub fn run(&self, input: &InputTensor) -> Result<Scores> {
        let outputs = self.tensor(input).and_then(|tensor| self.plan.run(tvec!(tensor))).map_err(defect)?;
        let floats =
            |value: &TValue| -> TractResult<Vec<f32>> { Ok(value.try_as_plain_ram()?.as_slice::<f32>()?.to_vec()) };
        let logits = floats(&outputs[0]).map_err(defect)?;
        let embedding = outputs.get(1).map(floats).transpose().map_err(defect)?.unwrap_or_default();
        fits_labels(logits.len(), &self.manifest)?;
        Ok(Scores { logits, embedding })
    }

    /// Runs the network and shows the output of every node: its name, shape and bytes. For holding it against another runtime.
    ///
    /// # Errors
    /// `internal`.
    pub fn trace(&self, input: &InputTensor, mut show: impl FnMut(&str, &[usize], &[u8])) -> Result<()> {
        let mut state = self.plan.spawn().map_err(defect)?;
        let inputs = tvec!(self.tensor(input).map_err(defect)?);
        let run = state.run_plan_with_eval(inputs, |context, state, node, inputs| {
            let outputs = plan::eval(context, state, node, inputs)?;
            for output in &outputs {
                show(&node.name, output.shape(), output.as_bytes());
            }
            TractResult::Ok(outputs)
        });
        run.map(drop).map_err(defect)
    }

    /// What the graph takes in: bytes in NHWC order where its first node knows what they mean, else normalized floats in NCHW order.
    fn tensor(&self, input: &InputTensor) -> TractResult<TValue> {
        let edge = input.edge as usize;
        let spec = &self.manifest.input;
        let tensor = if self.manifest.is_quantized() {
            Tensor::from_shape(&[1, edge, edge, 3], &input.rgb)
        } else {
            let planar = (0..3 * edge * edge).map(|at| {
                let (channel, pixel) = (at / (edge * edge), at % (edge * edge));
                (f32::from(input.rgb[pixel * 3 + channel]) - spec.mean[channel]) / spec.scale[channel]
            });
            Tensor::from_shape(&[1, 3, edge, edge], &planar.collect::<Vec<f32>>())
        };
        Ok(tensor?.into_tvalue())
    }
}

fn fits_labels(scores: usize, manifest: &Manifest) -> Result<()> {
    let labels = manifest.labels.len();
    if scores == labels {
        return Ok(());
    }
    Err(mismatch(format!("The network gives {scores} scores for {labels} labels.")))
}

fn defect(error: TractError) -> Error {
    Error::new(ErrorCode::Internal, format!("The network failed: {error:#}."))
}

/// Checks a model file against the manifest's SHA-256. The browser does so itself while it loads; native callers do it here.
///
/// # Errors
/// `model-mismatch`.
pub fn verify(manifest: &Manifest, onnx: &[u8]) -> Result<()> {
    let digest = sha256([onnx]);
    if digest == manifest.sha256 {
        Ok(())
    } else {
        Err(mismatch(format!(
            "The model file's SHA-256 is {digest}; its manifest says {}. Download it again.",
            manifest.sha256
        )))
    }
}

#[cfg(feature = "any-model")]
fn any_plan(manifest: &Manifest, onnx: &[u8]) -> TractResult<Arc<TypedRunnableModel>> {
    let edge = manifest.edge() as usize;
    let mut model = float::read(onnx)?;
    // Logits first, whatever their order in the file.
    let names = [Some(&manifest.outputs.logits), manifest.outputs.embedding.as_ref()];
    model.select_outputs_by_name(names.into_iter().flatten())?;
    model.set_input_fact(0, InferenceFact::dt_shape(f32::datum_type(), [1, 3, edge, edge]))?;
    model.into_optimized()?.into_runnable()
}

#[cfg(not(feature = "any-model"))]
fn any_plan(_: &Manifest, _: &[u8]) -> TractResult<Arc<TypedRunnableModel>> {
    tract_onnx::tract_core::internal::bail!("this build runs int8 networks in QOperator form only")
}
