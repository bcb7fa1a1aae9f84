//! ONNX's whole quantized nodes as operators of ours that tract's plan runs: tract orders and wires them, the arithmetic is in
//! `tagdrop-kernels`.
//!
//! Each node of the file becomes one [`QuantizedNode`], built once from its constants, straight from the file's own form: what tract
//! does for graphs of any operators would take longer than running this one. Between nodes flow `u8` tensors in NHWC order, although
//! the file says NCHW: nobody but these nodes sees them. That is why the shapes the file notes for its intermediate values are
//! ignored, and why a graph must be made of these nodes alone, from the bytes of the picture to the dequantized outputs.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use prost::{Message, bytes::Bytes};
use tagdrop_kernels::{
    Add, AveragePool, Convolution, ConvolutionParameters, Linear, Lookup, Operand, Requantize, Shape,
};
use tract_onnx::{
    pb::{ModelProto, NodeProto, TensorProto, tensor_proto::DataType},
    prelude::*,
    tract_core::internal::*,
};

use super::manifest::{Input, Manifest};

/// Reads a network of whole quantized nodes: from one picture in NHWC order to the outputs that the manifest names.
pub(super) fn read(manifest: &Manifest, onnx: Vec<u8>) -> TractResult<TypedModel> {
    // Of bytes that it owns the decoder makes one copy less.
    let file = ModelProto::decode(Bytes::from(onnx))?;
    let graph = file.graph.as_ref().context("the file has no graph")?;
    let mut reader = Reader {
        input: &manifest.input,
        constants: graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect(),
        model: TypedModel::default(),
        wires: HashMap::new(),
    };
    let mut pictures = graph.input.iter().filter(|input| !reader.constants.contains_key(input.name.as_str()));
    let (Some(picture), None) = (pictures.next(), pictures.next()) else { bail!("the graph must have one input") };
    let edge = manifest.edge() as usize;
    let source = reader.model.add_source(picture.name.clone(), u8::datum_type().fact([1, edge, edge, 3]))?;
    reader.wires.insert(&picture.name, source);
    for (at, node) in graph.node.iter().enumerate() {
        reader.add(at, node).with_context(|| format!("node {} ({})", node.name, node.op_type))?;
    }
    let names = [Some(&manifest.outputs.logits), manifest.outputs.embedding.as_ref()];
    let outputs = names.into_iter().flatten().map(|name| {
        reader.wires.get(name.as_str()).copied().with_context(|| format!("the graph has no output {name}"))
    });
    let outputs = outputs.collect::<TractResult<Vec<_>>>()?;
    reader.model.select_output_outlets(&outputs)?;
    Ok(reader.model)
}

/// A graph as far as it has been read: ONNX files list their nodes in an order in which they can run.
struct Reader<'a> {
    input: &'a Input,
    constants: HashMap<&'a str, &'a TensorProto>,
    model: TypedModel,
    wires: HashMap<&'a str, OutletId>,
}

/// What a node becomes: its kernel, which of the file's inputs are activations, and the shape of its output.
type Wired = (Kernel, &'static [usize], TVec<usize>);

impl<'a> Reader<'a> {
    fn add(&mut self, at: usize, node: &'a NodeProto) -> TractResult<()> {
        let (kernel, activations, shape) = Node { node, reader: self }.read()?;
        let inputs: TVec<OutletId> = activations.iter().map(|&i| self.wires[node.input[i].as_str()]).collect();
        let name = if node.name.is_empty() { format!("{at}") } else { node.name.clone() };
        let [outlet] = self.model.wire_node(name, QuantizedNode { kernel: Arc::new(kernel), shape }, &inputs)?[..]
        else {
            bail!("a node has one output")
        };
        self.wires.insert(node.output.first().context("a node without output")?, outlet);
        Ok(())
    }
}

const SUMS: &str = "the layer's sums do not fit 32 bits";

/// A node that is being read; most of its inputs are constants.
struct Node<'a> {
    node: &'a NodeProto,
    reader: &'a Reader<'a>,
}

impl<'a> Node<'a> {
    fn read(&self) -> TractResult<Wired> {
        let node = self.node;
        match node.op_type.as_str() {
            "QuantizeLinear" => self.quantize(),
            "QLinearConv" => {
                ensure!(self.pair("dilations", [1, 1])? == [1, 1], "dilated convolutions are not supported");
                ensure!(
                    matches!(node.get_attr_opt::<&str>("auto_pad")?, None | Some("NOTSET")),
                    "padding must be given in numbers, not by auto_pad"
                );
                let pads = node.get_attr_opt_vec::<i64>("pads")?.unwrap_or_else(|| vec![0; 4]);
                let pads = pads.iter().map(|&p| usize::try_from(p)).collect::<Result<Vec<_>, _>>()?;
                let &[top, left, bottom, right] = pads.as_slice() else { bail!("pads must have four values") };
                let groups = node.get_attr_opt("group")?.unwrap_or(1);
                self.convolution(self.pair("strides", [1, 1])?, [top, left], [bottom, right], groups)
            }
            "QLinearAdd" => self.add(),
            "QLinearGlobalAveragePool" => {
                ensure!(
                    node.get_attr_opt::<i64>("channels_last")?.unwrap_or(0) == 0,
                    "channels_last pooling is not supported"
                );
                self.average_pool()
            }
            "QGemm" => {
                ensure!(node.get_attr_opt::<f32>("alpha")?.unwrap_or(1.0) == 1.0, "alpha must be 1");
                ensure!(node.get_attr_opt::<i64>("transA")?.unwrap_or(0) == 0, "transA is not supported");
                self.fully_connected(node.get_attr_opt::<i64>("transB")?.unwrap_or(0) != 0)
            }
            "Flatten" => self.flatten(),
            "DequantizeLinear" => self.dequantize(),
            other => bail!("{other} is not a quantized node"),
        }
    }

    fn pair(&self, name: &str, default: [usize; 2]) -> TractResult<[usize; 2]> {
        let Some(values) = self.node.get_attr_opt_vec::<i64>(name)? else { return Ok(default) };
        let &[a, b] = values.as_slice() else { bail!("{name} must have two values") };
        Ok([usize::try_from(a)?, usize::try_from(b)?])
    }

    fn quantize(&self) -> TractResult<Wired> {
        let shape = self.activation(0)?;
        ensure!(shape.len() == 4 && shape[0] == 1 && shape[3] == 3, "the picture must be NHWC with three channels");
        // Folded into a table, normalization costs nothing.
        let (operand, Input { mean, scale, .. }) = (self.operand(1)?, self.reader.input);
        let table = |channel: usize| -> [u8; 256] {
            std::array::from_fn(|byte| operand.quantize((byte as f32 - mean[channel]) / scale[channel]))
        };
        Ok((Kernel::Quantize(Lookup::new([table(0), table(1), table(2)])), &[0], shape))
    }

    fn convolution(
        &self,
        stride: [usize; 2],
        before: [usize; 2],
        after: [usize; 2],
        groups: usize,
    ) -> TractResult<Wired> {
        let input = self.image(0)?;
        let &[channels_out, in_group, kernel_h, kernel_w] = self.dimensions(3)?.as_slice() else {
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
        let weights = if taps == 1 || in_group == 1 {
            // Both orders are one; and these are nearly all weights there are.
            stored
        } else {
            (0..channels_out * taps * in_group)
                .map(|at| {
                    let (out, tap, channel) = (at / (taps * in_group), at / in_group % taps, at % in_group);
                    stored[(out * in_group + channel) * taps + tap]
                })
                .collect()
        };
        let layer = Convolution::new(self.layer(shape, weights, 1, 8, Some(6))?);
        ensure!(layer.sums_fit(), SUMS);
        Ok((Kernel::Convolution(layer), &[0], tvec![1, output[0], output[1], channels_out]))
    }

    fn fully_connected(&self, transposed: bool) -> TractResult<Wired> {
        let input = self.activation(0)?;
        let &[rows, columns] = self.dimensions(3)?.as_slice() else { bail!("weights must have two dimensions") };
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
            stored
        } else {
            (0..stored.len()).map(|at| stored[at % channels_in * channels_out + at / channels_in]).collect()
        };
        // QGemm names its bias before the output's quantization, QLinearConv after it.
        let kernel = if self.node.input.len() > 7 {
            let layer = Convolution::new(self.layer(shape, weights, 1, 6, Some(7))?);
            ensure!(layer.sums_fit(), SUMS);
            Kernel::Convolution(layer)
        } else {
            let layer = Linear::new(self.layer(shape, weights, 1, 6, None)?);
            ensure!(layer.sums_fit(), SUMS);
            Kernel::Linear(layer)
        };
        Ok((kernel, &[0], tvec![1, channels_out]))
    }

    /// A convolution whose input's quantization stands at `input`, the weights' at 4, the bias at `bias` and the output's at
    /// `output`; without one its sums become real numbers.
    fn layer(
        &self,
        shape: Shape,
        weights: Cow<'a, [i8]>,
        input: usize,
        bias: usize,
        output: Option<usize>,
    ) -> TractResult<ConvolutionParameters<'a>> {
        let input = self.operand(input)?;
        let output = output.map_or(Ok(Operand { scale: 1.0, zero_point: 0 }), |at| self.operand(at))?;
        let per_channel = self.values::<f32>(4)?;
        ensure!([1, shape.channels_out].contains(&per_channel.len()), "one weight scale a channel, or one in all");
        ensure!(self.values::<i8>(5)?.iter().all(|&z| z == 0), "weights must be symmetric (zero point 0)");
        let scales: Box<[f32]> = (0..shape.channels_out)
            .map(|c| input.scale * per_channel[if per_channel.len() == 1 { 0 } else { c }] / output.scale)
            .collect();
        ensure!(scales.iter().all(|s| s.is_finite()), "scales must be finite");
        let bias: Box<[i32]> = if bias < self.node.input.len() {
            self.values::<i32>(bias)?.into_owned().into()
        } else {
            vec![0; shape.channels_out].into()
        };
        ensure!(bias.len() == shape.channels_out, "one bias a channel");
        ensure!(weights.len() == shape.weights_len(), "weights do not fit the shape");
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

    fn name(&self, at: usize) -> TractResult<&str> {
        self.node.input.get(at).map(String::as_str).with_context(|| format!("input {at} is missing"))
    }

    fn constant(&self, at: usize) -> TractResult<&'a TensorProto> {
        let constant = self.reader.constants.get(self.name(at)?).copied();
        constant.with_context(|| format!("input {at} must be a constant"))
    }

    fn dimensions(&self, at: usize) -> TractResult<TVec<usize>> {
        let mut dimensions = TVec::new();
        for &dimension in &self.constant(at)?.dims {
            dimensions.push(usize::try_from(dimension)?);
        }
        Ok(dimensions)
    }

    fn values<T: Stored>(&self, at: usize) -> TractResult<Cow<'a, [T]>> {
        let tensor = self.constant(at)?;
        ensure!(tensor.data_type == T::TYPE as i32, "input {at} must be {:?}", T::TYPE);
        let values = T::values(tensor).with_context(|| format!("input {at} has a broken length"))?;
        let lengths = self.dimensions(at)?;
        let len = lengths.iter().try_fold(1_usize, |len, &dimension| len.checked_mul(dimension));
        ensure!(len == Some(values.len()), "input {at} has {} values for its shape", values.len());
        Ok(values)
    }

    /// Scale at `at`, zero point after it.
    fn operand(&self, at: usize) -> TractResult<Operand> {
        let (&[scale], &[zero_point]) = (&*self.values::<f32>(at)?, &*self.values::<u8>(at + 1)?) else {
            bail!("activations have one scale and one zero point")
        };
        ensure!(scale.is_finite() && scale > 0.0, "a scale must be above 0");
        Ok(Operand { scale, zero_point })
    }

    /// Shape of a `u8` input.
    fn activation(&self, at: usize) -> TractResult<TVec<usize>> {
        let name = self.name(at)?;
        let outlet = self.reader.wires.get(name).with_context(|| format!("nothing gives {name}"))?;
        let fact = self.reader.model.outlet_fact(*outlet)?;
        ensure!(fact.datum_type == u8::datum_type(), "activations must be u8");
        Ok(fact.shape.as_concrete().context("shapes must be known")?.into())
    }

    /// Height, width and channels of a `u8` input in NHWC order.
    fn image(&self, at: usize) -> TractResult<[usize; 3]> {
        match self.activation(at)?.as_slice() {
            &[1, height, width, channels] => Ok([height, width, channels]),
            other => bail!("expected one image, not {other:?}"),
        }
    }
}

/// A value as ONNX stores it: as bytes, little end first, or in a field that many types share.
trait Stored: Copy + 'static {
    const TYPE: DataType;
    /// `None` if the bytes are not of whole values.
    fn values(tensor: &TensorProto) -> Option<Cow<'_, [Self]>>;
}

/// Four bytes to a value.
fn fours<T>(bytes: &[u8], value: impl Fn([u8; 4]) -> T) -> Option<Vec<T>> {
    let (fours, []) = bytes.as_chunks() else { return None };
    Some(fours.iter().copied().map(value).collect())
}

impl Stored for u8 {
    const TYPE: DataType = DataType::Uint8;

    fn values(tensor: &TensorProto) -> Option<Cow<'_, [Self]>> {
        if tensor.raw_data.is_empty() {
            return Some(tensor.int32_data.iter().map(|&value| value as u8).collect());
        }
        Some(Cow::Borrowed(&tensor.raw_data))
    }
}

impl Stored for i8 {
    const TYPE: DataType = DataType::Int8;

    fn values(tensor: &TensorProto) -> Option<Cow<'_, [Self]>> {
        if tensor.raw_data.is_empty() {
            return Some(tensor.int32_data.iter().map(|&value| value as i8).collect());
        }
        Some(Cow::Borrowed(tagdrop_kernels::as_signed(&tensor.raw_data)))
    }
}

impl Stored for i32 {
    const TYPE: DataType = DataType::Int32;

    fn values(tensor: &TensorProto) -> Option<Cow<'_, [Self]>> {
        if tensor.raw_data.is_empty() {
            return Some(Cow::Borrowed(&tensor.int32_data));
        }
        fours(&tensor.raw_data, Self::from_le_bytes).map(Cow::Owned)
    }
}

impl Stored for f32 {
    const TYPE: DataType = DataType::Float;

    fn values(tensor: &TensorProto) -> Option<Cow<'_, [Self]>> {
        if tensor.raw_data.is_empty() {
            return Some(Cow::Borrowed(&tensor.float_data));
        }
        fours(&tensor.raw_data, Self::from_le_bytes).map(Cow::Owned)
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
    /// From the picture's byte to the quantized value.
    Quantize(Lookup),
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
            Kernel::Quantize(_) => "Quantize",
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
            Kernel::Quantize(lookup) => self.u8_output(|output| {
                lookup.run(input, output);
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
