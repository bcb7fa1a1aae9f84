//! ONNX's whole quantized nodes as operators of ours that tract's plan runs: tract orders and wires them, the arithmetic is in
//! `tagdrop-kernels`.
//!
//! Each node of the file becomes one [`QuantizedNode`], built once from its constants. Between them flow `u8` tensors in NHWC
//! order, although the file says NCHW: nobody but these nodes sees them. That is why the shapes the file notes for its
//! intermediate values are ignored, and why a graph must be made of these nodes alone, from the bytes of the picture to the
//! dequantized outputs.

use std::sync::Arc;

use tagdrop_kernels::{Add, AveragePool, Convolution, ConvolutionParameters, Linear, Operand, Requantize, Shape};
use tract_onnx::{
    Onnx,
    model::{OnnxOpRegister, ParsingContext},
    pb::NodeProto,
    tract_core::internal::*,
    tract_hir::{
        infer::{InferenceOp, InferenceResult, Solver, TensorProxy},
        ops::expandable::{Expansion, expand},
    },
};

use super::manifest::Input;

/// An ONNX reader that knows quantized nodes and nothing else.
pub(super) fn reader() -> Onnx {
    let mut ops = OnnxOpRegister::default();
    for op in [
        "QuantizeLinear",
        "QLinearConv",
        "QLinearAdd",
        "QLinearGlobalAveragePool",
        "QGemm",
        "Flatten",
        "DequantizeLinear",
    ] {
        ops.insert(op, read_node);
    }
    Onnx { op_register: ops, ignore_value_info: true, ..Onnx::default() }.with_ignore_output_shapes(true)
}

/// Tells the node that quantizes the picture what its bytes mean. Folded into its table, normalization costs nothing.
pub(super) fn normalize(model: &mut TypedModel, input: &Input) -> TractResult<()> {
    let source = model.input_outlets()?.first().copied().context("the graph has no input")?;
    let first: Vec<usize> =
        model.node(source.node).outputs[source.slot].successors.iter().map(|inlet| inlet.node).collect();
    let [first] = first[..] else { bail!("the graph's input feeds {} nodes instead of one", first.len()) };
    let node = model.node_mut(first);
    let quantizer = node.op_as::<QuantizedNode>().context("the graph's input is not quantized first")?;
    let Kernel::Quantize(operand, _) = *quantizer.kernel else { bail!("the graph's input is not quantized first") };
    let table = |channel: usize| -> [u8; 256] {
        std::array::from_fn(|byte| operand.quantize((byte as f32 - input.mean[channel]) / input.scale[channel]))
    };
    let kernel = Kernel::Quantize(operand, Box::new([table(0), table(1), table(2)]));
    node.op = Box::new(QuantizedNode { kernel: Arc::new(kernel), ..quantizer.clone() });
    Ok(())
}

fn read_node(_: &ParsingContext, node: &NodeProto) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let pair = |name: &str, default: [usize; 2]| -> TractResult<[usize; 2]> {
        let Some(values) = node.get_attr_opt_vec::<i64>(name)? else { return Ok(default) };
        let &[a, b] = values.as_slice() else { bail!("{name} must have two values") };
        Ok([usize::try_from(a)?, usize::try_from(b)?])
    };
    let kind = match node.op_type.as_str() {
        "QuantizeLinear" => Kind::Quantize,
        "QLinearConv" => {
            ensure!(pair("dilations", [1, 1])? == [1, 1], "dilated convolutions are not supported");
            ensure!(
                matches!(node.get_attr_opt::<&str>("auto_pad")?, None | Some("NOTSET")),
                "padding must be given in numbers, not by auto_pad"
            );
            let pads = node.get_attr_opt_vec::<i64>("pads")?.unwrap_or_else(|| vec![0; 4]);
            let pads = pads.iter().map(|&p| usize::try_from(p)).collect::<Result<Vec<_>, _>>()?;
            let &[top, left, bottom, right] = pads.as_slice() else { bail!("pads must have four values") };
            Kind::Convolution {
                stride: pair("strides", [1, 1])?,
                before: [top, left],
                after: [bottom, right],
                groups: node.get_attr_opt("group")?.unwrap_or(1),
            }
        }
        "QLinearAdd" => Kind::Add,
        "QLinearGlobalAveragePool" => {
            ensure!(
                node.get_attr_opt::<i64>("channels_last")?.unwrap_or(0) == 0,
                "channels_last pooling is not supported"
            );
            Kind::AveragePool
        }
        "QGemm" => {
            ensure!(node.get_attr_opt::<f32>("alpha")?.unwrap_or(1.0) == 1.0, "alpha must be 1");
            ensure!(node.get_attr_opt::<i64>("transA")?.unwrap_or(0) == 0, "transA is not supported");
            Kind::FullyConnected { transposed: node.get_attr_opt::<i64>("transB")?.unwrap_or(0) != 0 }
        }
        "Flatten" => Kind::Flatten,
        "DequantizeLinear" => Kind::Dequantize,
        other => bail!("{other} is not a quantized node"),
    };
    Ok((expand(kind), vec![]))
}

/// A node as the file tells it: its attributes. Its constants are known when it is wired.
#[derive(Debug, Clone)]
enum Kind {
    Quantize,
    Convolution { stride: [usize; 2], before: [usize; 2], after: [usize; 2], groups: usize },
    Add,
    AveragePool,
    FullyConnected { transposed: bool },
    Flatten,
    Dequantize,
}

impl Expansion for Kind {
    fn name(&self) -> StaticName {
        "Quantized".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        _: &mut Solver<'r>,
        _: &'p [TensorProxy],
        _: &'p [TensorProxy],
    ) -> InferenceResult {
        Ok(())
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        let node = Constants { model, inputs };
        let (kernel, activations, shape) = match self {
            Self::Quantize => node.quantize()?,
            &Self::Convolution { stride, before, after, groups } => node.convolution(stride, before, after, groups)?,
            Self::Add => node.add()?,
            Self::AveragePool => node.average_pool()?,
            &Self::FullyConnected { transposed } => node.fully_connected(transposed)?,
            Self::Flatten => node.flatten()?,
            Self::Dequantize => node.dequantize()?,
        };
        let activations: TVec<OutletId> = activations.iter().map(|&i| inputs[i]).collect();
        model.wire_node(prefix, QuantizedNode { kernel: Arc::new(kernel), shape }, &activations)
    }
}

/// What a wired node is made of: its kernel, which of the file's inputs are activations, and the shape of its output.
type Wired = (Kernel, &'static [usize], TVec<usize>);

/// The inputs of a node that is being wired; most are constants.
struct Constants<'a> {
    model: &'a TypedModel,
    inputs: &'a [OutletId],
}

impl Constants<'_> {
    fn quantize(&self) -> TractResult<Wired> {
        let shape = self.shape(0)?;
        ensure!(self.datum_type(0)? == u8::datum_type(), "only the picture itself is quantized");
        ensure!(shape.len() == 4 && shape[0] == 1 && shape[3] == 3, "the picture must be NHWC with three channels");
        let identity = std::array::from_fn(|byte| byte as u8);
        Ok((Kernel::Quantize(self.operand(1)?, Box::new([identity; 3])), &[0], shape))
    }

    fn convolution(
        &self,
        stride: [usize; 2],
        before: [usize; 2],
        after: [usize; 2],
        groups: usize,
    ) -> TractResult<Wired> {
        let input = self.image(0)?;
        let &[channels_out, in_group, kernel_h, kernel_w] = self.constant(3)?.shape() else {
            bail!("weights must have four dimensions")
        };
        let kernel = [kernel_h, kernel_w];
        let mut output = [0; 2];
        for axis in 0..2 {
            ensure!(stride[axis] > 0, "a stride must be above 0");
            let covered = input[axis] + before[axis] + after[axis];
            ensure!(covered >= kernel[axis], "the kernel is larger than the padded input");
            output[axis] = (covered - kernel[axis]) / stride[axis] + 1;
        }
        ensure!(
            groups > 0 && in_group * groups == input[2] && channels_out % groups == 0,
            "channels do not fit the groups"
        );
        let shape = Shape {
            input: [input[0], input[1]],
            output,
            kernel,
            stride,
            padding: before,
            channels_in: input[2],
            channels_out,
            groups,
        };
        // Stored [out][in][y][x], wanted [out][y][x][in].
        let stored = self.values::<i8>(3)?;
        let taps = kernel_h * kernel_w;
        let weights = (0..channels_out * taps * in_group)
            .map(|at| {
                let (out, tap, channel) = (at / (taps * in_group), at / in_group % taps, at % in_group);
                stored[(out * in_group + channel) * taps + tap]
            })
            .collect();
        let layer = self.layer(shape, weights, 1, 8, Some(6))?;
        Ok((Kernel::Convolution(Convolution::new(layer)), &[0], tvec![1, output[0], output[1], channels_out]))
    }

    fn fully_connected(&self, transposed: bool) -> TractResult<Wired> {
        let input = self.shape(0)?;
        let &[rows, columns] = self.constant(3)?.shape() else { bail!("weights must have two dimensions") };
        let [channels_in, channels_out] = if transposed { [columns, rows] } else { [rows, columns] };
        ensure!(input.as_slice() == [1, channels_in], "the input does not fit the weights");
        let shape = Shape {
            input: [1, 1],
            output: [1, 1],
            kernel: [1, 1],
            stride: [1, 1],
            padding: [0, 0],
            channels_in,
            channels_out,
            groups: 1,
        };
        let stored = self.values::<i8>(3)?;
        let weights = if transposed {
            stored.into()
        } else {
            (0..stored.len()).map(|at| stored[at % channels_in * channels_out + at / channels_in]).collect()
        };
        // QGemm names its bias before the output's quantization, QLinearConv after it.
        let kernel = if self.inputs.len() > 7 {
            Kernel::Convolution(Convolution::new(self.layer(shape, weights, 1, 6, Some(7))?))
        } else {
            Kernel::Linear(Linear::new(self.layer(shape, weights, 1, 6, None)?))
        };
        Ok((kernel, &[0], tvec![1, channels_out]))
    }

    /// A convolution whose input's quantization stands at `input`, the weights' at 4, the bias at `bias` and the output's at
    /// `output`; without one its sums become real numbers.
    fn layer(
        &self,
        shape: Shape,
        weights: Box<[i8]>,
        input: usize,
        bias: usize,
        output: Option<usize>,
    ) -> TractResult<ConvolutionParameters> {
        let input = self.operand(input)?;
        let output = output.map_or(Ok(Operand { scale: 1.0, zero_point: 0 }), |at| self.operand(at))?;
        let per_channel = self.values::<f32>(4)?;
        ensure!([1, shape.channels_out].contains(&per_channel.len()), "one weight scale a channel, or one in all");
        ensure!(self.values::<i8>(5)?.iter().all(|&z| z == 0), "weights must be symmetric (zero point 0)");
        let scales: Box<[f32]> = (0..shape.channels_out)
            .map(|c| input.scale * per_channel[if per_channel.len() == 1 { 0 } else { c }] / output.scale)
            .collect();
        ensure!(scales.iter().all(|s| s.is_finite()), "scales must be finite");
        let bias: Box<[i32]> = if bias < self.inputs.len() {
            self.values::<i32>(bias)?.into()
        } else {
            vec![0; shape.channels_out].into()
        };
        ensure!(bias.len() == shape.channels_out, "one bias a channel");
        ensure!(weights.len() == shape.weights_len(), "weights do not fit the shape");
        for (bias, weights) in bias.iter().zip(weights.chunks_exact(shape.weights_per_channel())) {
            let largest: i64 = weights.iter().map(|&w| i64::from(w).abs() * 255).sum();
            ensure!(i64::from(*bias).abs() + largest <= i64::from(i32::MAX), "the layer's sums do not fit 32 bits");
        }
        let requantize = Requantize { scales, zero_point: output.zero_point };
        Ok(ConvolutionParameters { shape, input_zero_point: input.zero_point, weights, bias, requantize })
    }

    fn add(&self) -> TractResult<Wired> {
        let shape = self.activation(0)?;
        ensure!(shape == self.activation(3)?, "only tensors of one shape are added");
        let add = Add { a: self.operand(1)?, b: self.operand(4)?, sum: self.operand(6)? };
        Ok((Kernel::Add(add), &[0, 3], shape))
    }

    fn average_pool(&self) -> TractResult<Wired> {
        let [height, width, channels] = self.image(0)?;
        let pool = AveragePool { input: self.operand(1)?, output: self.operand(3)?, pixels: height * width };
        Ok((Kernel::AveragePool(pool), &[0], tvec![1, 1, 1, channels]))
    }

    fn flatten(&self) -> TractResult<Wired> {
        let [height, width, channels] = self.image(0)?;
        ensure!(height * width == 1, "only pooled features are flattened");
        Ok((Kernel::Flatten, &[0], tvec![1, channels]))
    }

    fn dequantize(&self) -> TractResult<Wired> {
        Ok((Kernel::Dequantize(self.operand(1)?), &[0], self.activation(0)?))
    }

    fn constant(&self, at: usize) -> TractResult<&Tensor> {
        let outlet = self.inputs.get(at).with_context(|| format!("input {at} is missing"))?;
        self.model.outlet_fact(*outlet)?.konst.as_deref().with_context(|| format!("input {at} must be a constant"))
    }

    fn values<T: Datum>(&self, at: usize) -> TractResult<&[T]> {
        self.constant(at)?.try_as_plain_ram()?.as_slice::<T>()
    }

    /// Scale at `at`, zero point after it.
    fn operand(&self, at: usize) -> TractResult<Operand> {
        let (&[scale], &[zero_point]) = (self.values::<f32>(at)?, self.values::<u8>(at + 1)?) else {
            bail!("activations have one scale and one zero point")
        };
        ensure!(scale.is_finite() && scale > 0.0, "a scale must be above 0");
        Ok(Operand { scale, zero_point })
    }

    fn datum_type(&self, at: usize) -> TractResult<DatumType> {
        Ok(self.model.outlet_fact(*self.inputs.get(at).context("an input is missing")?)?.datum_type)
    }

    fn shape(&self, at: usize) -> TractResult<TVec<usize>> {
        let outlet = self.inputs.get(at).context("an input is missing")?;
        let fact = self.model.outlet_fact(*outlet)?;
        Ok(fact.shape.as_concrete().context("shapes must be known")?.into())
    }

    /// Shape of a `u8` input.
    fn activation(&self, at: usize) -> TractResult<TVec<usize>> {
        ensure!(self.datum_type(at)? == u8::datum_type(), "activations must be u8");
        self.shape(at)
    }

    /// Height, width and channels of a `u8` input in NHWC order.
    fn image(&self, at: usize) -> TractResult<[usize; 3]> {
        match self.activation(at)?.as_slice() {
            &[1, height, width, channels] => Ok([height, width, channels]),
            other => bail!("expected one image, not {other:?}"),
        }
    }
}

/// One quantized node in tract's plan.
#[derive(Debug, Clone)]
struct QuantizedNode {
    kernel: Arc<Kernel>,
    shape: TVec<usize>,
}

#[derive(Debug)]
enum Kernel {
    /// One table a colour, from the picture's byte to the quantized value.
    Quantize(Operand, Box<[[u8; 256]; 3]>),
    Convolution(Convolution),
    /// A fully connected layer whose sums become real numbers.
    Linear(Linear),
    Add(Add),
    AveragePool(AveragePool),
    Flatten,
    Dequantize(Operand),
}

impl PartialEq for QuantizedNode {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.kernel, &other.kernel)
    }
}

impl Eq for QuantizedNode {}

impl Op for QuantizedNode {
    fn name(&self) -> StaticName {
        match *self.kernel {
            Kernel::Quantize(..) => "Quantize",
            Kernel::Convolution(_) => "QuantizedConvolution",
            Kernel::Linear(_) => "QuantizedLinear",
            Kernel::Add(_) => "QuantizedAdd",
            Kernel::AveragePool(_) => "QuantizedAveragePool",
            Kernel::Flatten => "QuantizedFlatten",
            Kernel::Dequantize(_) => "Dequantize",
        }
        .into()
    }

    op_as_typed_op!();
}

impl EvalOp for QuantizedNode {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = inputs[0].try_as_plain_ram()?.as_slice::<u8>()?;
        let output = match &*self.kernel {
            Kernel::Quantize(_, tables) => self.u8_output(|output| {
                for (to, from) in output.chunks_exact_mut(3).zip(input.chunks_exact(3)) {
                    for channel in 0..3 {
                        to[channel] = tables[channel][usize::from(from[channel])];
                    }
                }
                Ok(())
            })?,
            Kernel::Convolution(layer) => self.u8_output(|output| {
                layer.run(input, output);
                Ok(())
            })?,
            Kernel::Linear(layer) => {
                let mut real = vec![0.0; layer.shape().channels_out];
                layer.run(input, &mut real);
                Tensor::from_shape(&self.shape, &real)?
            }
            Kernel::Add(layer) => self.u8_output(|output| {
                layer.run(input, inputs[1].try_as_plain_ram()?.as_slice::<u8>()?, output);
                Ok(())
            })?,
            Kernel::AveragePool(layer) => self.u8_output(|output| {
                layer.run(input, output);
                Ok(())
            })?,
            Kernel::Flatten => inputs[0].clone().into_tensor().into_shape(&self.shape)?,
            Kernel::Dequantize(operand) => {
                let real: Vec<f32> = input.iter().map(|&q| operand.dequantize(q)).collect();
                Tensor::from_shape(&self.shape, &real)?
            }
        };
        Ok(tvec!(output.into_tvalue()))
    }
}

impl QuantizedNode {
    fn u8_output(&self, fill: impl FnOnce(&mut [u8]) -> TractResult<()>) -> TractResult<Tensor> {
        // SAFETY: any bytes are valid as u8, and the kernels write every value of their output.
        let mut output = unsafe { Tensor::uninitialized::<u8>(&self.shape)? };
        fill(output.try_as_plain_ram_mut()?.as_slice_mut::<u8>()?)?;
        Ok(output)
    }
}

impl TypedOp for QuantizedNode {
    fn output_facts(&self, _: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let real = matches!(*self.kernel, Kernel::Dequantize(_) | Kernel::Linear(_));
        let datum_type = if real { f32::datum_type() } else { u8::datum_type() };
        Ok(tvec!(datum_type.fact(&self.shape)))
    }

    as_op!();
}
