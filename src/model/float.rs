//! ONNX's float nodes by tract's operators: those that image classifiers are made of.
//!
//! tract has a reader of its own for some 200 operators, which is larger than the rest of the binary: it pins them all. Here each
//! node of the file becomes one [`FloatNode`], which tract asks to wire itself once the shapes and constants before it are known.
//! What a node means, and how that changed with the operator set's versions, is ONNX's specification (`docs/Operators.md` there);
//! what it is wired to is chosen so that tract's optimizer recognizes it.
//!
//! A graph of other nodes is refused by the name of the first one that is not known.

use std::sync::Arc;

use tract_onnx::{
    Onnx,
    model::{OnnxOpRegister, ParsingContext, optional_inputs},
    pb::NodeProto,
    tract_core::{
        broadcast::multi_broadcast,
        internal::*,
        ops::{
            Downsample,
            array::{Gather, MultiBroadcastTo, Pad, PadMode, Slice, TypedConcat},
            binary::TypedBinOp,
            cast::cast,
            change_axes::{perm_to_ops, to_axis_ops_with_onnx_rules, wire_with_rank_broadcast},
            cnn::{Conv, KernelFormat, MaxPool, PaddingSpec, PoolSpec, SumPool},
            einsum::EinSum,
            logic::{Iff, comp_eq},
            math,
            nn::{DataFormat, Reduce, Reducer, Softmax, SoftmaxKind},
            nn::{gelu_approximate, hard_swish, leaky_relu, sigmoid},
            quant::{DequantizeLinearF32, quantize_linear_i8, quantize_linear_u8},
        },
    },
    tract_hir::{
        infer::{InferenceModel, InferenceOp, InferenceResult, Solver, TensorProxy},
        ops::expandable::{Expansion, expand},
    },
};

/// Reads an ONNX file of float nodes.
pub(super) fn read(onnx: &[u8]) -> TractResult<InferenceModel> {
    let file = Onnx::default().proto_model_for_read(&mut &*onnx)?;
    let names = file.graph.iter().flat_map(|graph| &graph.node).map(|node| node.op_type.clone());
    let op_register = OnnxOpRegister(names.map(|name| (name, read_node as _)).collect());
    // Shapes that the file notes are often those of another batch; they follow from the input's.
    Onnx { op_register, ignore_value_info: true, ..Onnx::default() }.model_for_proto_model(&file)
}

fn read_node(context: &ParsingContext, node: &NodeProto) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    Ok((expand(FloatNode { proto: node.clone(), version: context.onnx_operator_set_version }), vec![]))
}

/// A node as the file tells it.
#[derive(Debug, Clone)]
struct FloatNode {
    proto: NodeProto,
    /// Of the operator set that the file is written in.
    version: i64,
}

impl Expansion for FloatNode {
    fn name(&self) -> StaticName {
        self.proto.op_type.clone().into()
    }

    fn nboutputs(&self) -> TractResult<usize> {
        Ok(self.proto.output.iter().filter(|name| !name.is_empty()).count())
    }

    /// None: shapes are known as soon as the nodes before are wired.
    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        _: &mut Solver<'r>,
        _: &'p [TensorProxy],
        _: &'p [TensorProxy],
    ) -> InferenceResult {
        Ok(())
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        let mut wires = Wiring { proto: &self.proto, version: self.version, prefix, model, inputs }.wire()?;
        // Masks and indices beside the one output that inference has: nobody reads them.
        while wires.len() < self.nboutputs()? {
            wires.push(model.add_const(format!("{prefix}.unused"), tensor0(false))?);
        }
        Ok(wires)
    }
}

/// A node that is being wired into a model.
struct Wiring<'a> {
    proto: &'a NodeProto,
    version: i64,
    prefix: &'a str,
    model: &'a mut TypedModel,
    /// Without those that the file leaves out.
    inputs: &'a [OutletId],
}

impl Wiring<'_> {
    fn wire(mut self) -> TractResult<TVec<OutletId>> {
        let wire = match self.proto.op_type.as_str() {
            // one value after another
            "Abs" => self.unary(math::abs()),
            "Ceil" => self.unary(math::ceil()),
            "Erf" => self.unary(math::erf()),
            "Exp" => self.unary(math::exp()),
            "Floor" => self.unary(math::floor()),
            "HardSwish" => self.unary(hard_swish()),
            "Log" => self.unary(math::ln()),
            "Neg" => self.unary(math::neg()),
            "Reciprocal" => self.unary(math::recip()),
            "Round" => self.unary(math::round_half_to_even()),
            "Sigmoid" => self.unary(sigmoid()),
            "Sqrt" => self.unary(math::sqrt()),
            "Tanh" => self.unary(math::tanh()),
            "LeakyRelu" => {
                let alpha = self.float("alpha", 0.01)?;
                self.unary(leaky_relu(alpha))
            }
            "Relu" => self.input(0).and_then(|x| self.at_least_zero(x)),
            "PRelu" => self.p_relu(),
            "Elu" => self.elu(1.0, 1.0),
            "Selu" => self.elu(1.673_263_2, 1.050_701),
            "Softplus" => self.softplus(),
            "HardSigmoid" => self.hard_sigmoid(),
            "Gelu" => self.gelu(),
            "Clip" => self.clip(),

            // two values or more, the smaller tensor repeated
            "Add" => self.binary(math::add()),
            "Sub" => self.binary(math::sub()),
            "Mul" => self.binary(math::mul()),
            "Div" => self.binary(math::div()),
            "Pow" => self.power(),
            "Equal" => self.binary(TypedBinOp(comp_eq(), None)),
            "Where" => self.step(Iff, self.inputs),
            "Sum" => self.fold(math::add),
            "Max" => self.fold(math::max),
            "Min" => self.fold(math::min),

            // over an image, over axes
            "Conv" => self.convolution(),
            "MaxPool" => self.max_pool(),
            "AveragePool" => self.average_pool(),
            "GlobalAveragePool" => self.spatial_axes(0).and_then(|axes| self.mean(0, axes)),
            "GlobalMaxPool" => self.spatial_axes(0).and_then(|axes| self.reduce(0, axes, Reducer::Max)),
            "ReduceMean" => self.reduction(|node, axes| node.mean(0, axes)),
            "ReduceSum" => self.reduction(|node, axes| node.reduce(0, axes, Reducer::Sum)),
            "ReduceMax" => self.reduction(|node, axes| node.reduce(0, axes, Reducer::Max)),
            "ReduceMin" => self.reduction(|node, axes| node.reduce(0, axes, Reducer::Min)),
            "ReduceL2" => self.reduction(Self::euclidean),
            "Softmax" => self.softmax(SoftmaxKind::Softmax),
            "LogSoftmax" => self.softmax(SoftmaxKind::LogSoftmax),
            "BatchNormalization" => self.batch_normalization(),
            "InstanceNormalization" => self.instance_normalization(),
            "LayerNormalization" => self.layer_normalization(),
            "LRN" => self.local_response_normalization(),
            "Gemm" => self.gemm(),
            "MatMul" => self.matrix_product(),

            // the same values in another shape
            "Identity" | "Dropout" => self.input(0),
            "Cast" => {
                let to = self.proto.get_attr("to")?;
                self.unary(cast(to))
            }
            "Concat" => self.concat(),
            "Expand" => self.expand(),
            "Flatten" => self.flatten(),
            "Gather" => self.gather(),
            "Pad" => self.pad(),
            "Reshape" => self.reshape(),
            "Slice" => self.slice(),
            "Split" => return self.split(),
            "Squeeze" => self.squeeze(),
            "Transpose" => self.transpose(),
            "Unsqueeze" => self.unsqueeze(),

            // constants
            "Constant" => self.constant_node(),
            "ConstantOfShape" => self.constant_of_shape(),
            "Shape" => self.shape_node(),

            // 8-bit values between float nodes
            "QuantizeLinear" => self.quantize(),
            "DequantizeLinear" => self.dequantize(),
            other => bail!("operator {other} is not supported"),
        };
        Ok(tvec!(wire?))
    }

    // --- values after values ---

    fn at_least_zero(&mut self, x: OutletId) -> TractResult<OutletId> {
        let zero = self.scalar(0.0)?;
        self.step(math::max(), &[x, zero])
    }

    fn at_most_zero(&mut self, x: OutletId) -> TractResult<OutletId> {
        let zero = self.scalar(0.0)?;
        self.step(math::min(), &[x, zero])
    }

    fn p_relu(&mut self) -> TractResult<OutletId> {
        let (x, slope) = (self.input(0)?, self.input(1)?);
        let positive = self.at_least_zero(x)?;
        let negative = self.at_most_zero(x)?;
        let negative = self.step(math::mul(), &[negative, slope])?;
        self.step(math::add(), &[positive, negative])
    }

    /// γ · (max(x, 0) + α · (exp(min(x, 0)) − 1)), with the defaults of the operator.
    fn elu(&mut self, alpha: f32, gamma: f32) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let (alpha, gamma) = (self.float("alpha", alpha)?, self.float("gamma", gamma)?);
        let (alpha, gamma, one) = (self.scalar(alpha)?, self.scalar(gamma)?, self.scalar(1.0)?);
        let positive = self.at_least_zero(x)?;
        let negative = self.at_most_zero(x)?;
        let negative = self.step(math::exp(), &[negative])?;
        let negative = self.step(math::sub(), &[negative, one])?;
        let negative = self.step(math::mul(), &[negative, alpha])?;
        let sum = self.step(math::add(), &[positive, negative])?;
        self.step(math::mul(), &[sum, gamma])
    }

    fn softplus(&mut self) -> TractResult<OutletId> {
        let (x, one) = (self.input(0)?, self.scalar(1.0)?);
        let exp = self.step(math::exp(), &[x])?;
        let sum = self.step(math::add(), &[exp, one])?;
        self.step(math::ln(), &[sum])
    }

    fn hard_sigmoid(&mut self) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let (alpha, beta) = (self.float("alpha", 0.2)?, self.float("beta", 0.5)?);
        let (alpha, beta, one) = (self.scalar(alpha)?, self.scalar(beta)?, self.scalar(1.0)?);
        let line = self.step(math::mul(), &[x, alpha])?;
        let line = self.step(math::add(), &[line, beta])?;
        let line = self.step(math::min(), &[line, one])?;
        self.at_least_zero(line)
    }

    /// x/2 · (1 + erf(x / √2)), or its approximation by tanh.
    fn gelu(&mut self) -> TractResult<OutletId> {
        if self.text("approximate")? == Some("tanh") {
            return self.unary(gelu_approximate::gelu_approximate(false));
        }
        let x = self.input(0)?;
        let (root, one, half) = (self.scalar(0.5_f32.sqrt())?, self.scalar(1.0)?, self.scalar(0.5)?);
        let erf = self.step(math::mul(), &[x, root])?;
        let erf = self.step(math::erf(), &[erf])?;
        let sum = self.step(math::add(), &[erf, one])?;
        let x = self.step(math::mul(), &[x, half])?;
        self.step(math::mul(), &[x, sum])
    }

    /// Bounds are attributes before version 11, inputs since.
    fn clip(&mut self) -> TractResult<OutletId> {
        let mut x = self.input(0)?;
        for (at, name, op) in [(1, "min", math::max()), (2, "max", math::min())] {
            let bound = match (self.optional_input(at), self.proto.get_attr_opt::<f32>(name)?) {
                (Some(bound), _) => bound,
                (None, Some(bound)) => self.scalar(bound)?,
                (None, None) => continue,
            };
            x = self.step(op, &[x, bound])?;
        }
        Ok(x)
    }

    fn power(&mut self) -> TractResult<OutletId> {
        let (x, exponent) = (self.input(0)?, self.input(1)?);
        let exponent = self.cast(exponent, self.fact(x)?.datum_type)?;
        self.step(math::pow(), &[x, exponent])
    }

    fn fold<O: Into<Box<dyn TypedOp>>>(&mut self, op: fn() -> O) -> TractResult<OutletId> {
        let mut all = self.input(0)?;
        for &next in &self.inputs[1..] {
            all = self.step(op(), &[all, next])?;
        }
        Ok(all)
    }

    // --- over an image, over axes ---

    fn convolution(&mut self) -> TractResult<OutletId> {
        let (x, kernel) = (self.input(0)?, self.input(1)?);
        let group = self.proto.get_attr_opt("group")?.unwrap_or(1);
        let bias = match self.optional_input(2) {
            Some(bias) => bias,
            None => self.scalar(0.0)?,
        };
        let (channels, kernel_shape) = (self.channels(x)?, self.shape(kernel)?);
        ensure!(kernel_shape.len() > 2, "a kernel has spatial axes");
        ensure!(kernel_shape[1] * group == channels, "the kernel does not fit the input's channels");
        self.ensure_f32(&[x, kernel, bias])?;
        let pool = self.pool(kernel_shape[2..].into(), channels, kernel_shape[0], false)?;
        self.step_as_is(Conv::new(pool, KernelFormat::OIHW, group, None), &[x, kernel, bias])
    }

    fn max_pool(&mut self) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let channels = self.channels(x)?;
        let pool_spec = self.pool(self.proto.get_attr_tvec("kernel_shape")?, channels, channels, true)?;
        self.step_as_is(MaxPool { pool_spec, with_index_outputs: None }, &[x])
    }

    fn average_pool(&mut self) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let channels = self.channels(x)?;
        let pool_spec = self.pool(self.proto.get_attr_tvec("kernel_shape")?, channels, channels, true)?;
        let count_include_pad = self.flag("count_include_pad")?;
        self.step_as_is(SumPool { pool_spec, count_include_pad, normalize: true }, &[x])
    }

    /// How a window moves over an image. Pools alone may round the number of its places up.
    fn pool(&self, kernel: TVec<usize>, input: usize, output: usize, is_pool: bool) -> TractResult<PoolSpec> {
        let spatial = kernel.len();
        let padding = match self.text("auto_pad")?.unwrap_or("NOTSET") {
            "SAME_UPPER" => PaddingSpec::SameUpper,
            "SAME_LOWER" => PaddingSpec::SameLower,
            "VALID" => PaddingSpec::Valid,
            "NOTSET" => {
                let pads = self.proto.get_attr_opt_tvec("pads")?.unwrap_or_else(|| tvec![0; 2 * spatial]);
                ensure!(pads.len() == 2 * spatial, "pads need two values an axis");
                let (before, after) = (pads[..spatial].into(), pads[spatial..].into());
                if is_pool {
                    PaddingSpec::ExplicitOnnxPool(before, after, self.flag("ceil_mode")?)
                } else {
                    PaddingSpec::Explicit(before, after)
                }
            }
            other => bail!("auto_pad {other} is not known"),
        };
        Ok(PoolSpec {
            data_format: DataFormat::NCHW,
            kernel_shape: kernel,
            padding,
            dilations: self.proto.get_attr_opt_tvec("dilations")?,
            strides: self.proto.get_attr_opt_tvec("strides")?,
            input_channels: input,
            output_channels: output,
        })
    }

    fn spatial_axes(&self, at: usize) -> TractResult<TVec<usize>> {
        Ok((2..self.fact(self.input(at)?)?.rank()).collect())
    }

    fn reduce(&mut self, at: usize, axes: TVec<usize>, reducer: Reducer) -> TractResult<OutletId> {
        let x = self.input(at)?;
        self.step(Reduce::new(axes, reducer), &[x])
    }

    fn mean(&mut self, at: usize, axes: TVec<usize>) -> TractResult<OutletId> {
        let x = self.input(at)?;
        self.mean_of(x, axes)
    }

    fn mean_of(&mut self, x: OutletId, axes: TVec<usize>) -> TractResult<OutletId> {
        let shape = self.shape(x)?;
        let count: usize = axes.iter().map(|&axis| shape[axis]).product();
        let count = self.scalar(count as f32)?;
        let sum = self.step(Reduce::new(axes, Reducer::Sum), &[x])?;
        self.step(math::div(), &[sum, count])
    }

    fn euclidean(&mut self, axes: TVec<usize>) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let squares = self.step(math::square(), &[x])?;
        let sum = self.step(Reduce::new(axes, Reducer::Sum), &[squares])?;
        self.step(math::sqrt(), &[sum])
    }

    /// Axes are an attribute or, in later versions, an input; none means all.
    fn reduction(
        &mut self,
        over: impl FnOnce(&mut Self, TVec<usize>) -> TractResult<OutletId>,
    ) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let rank = self.fact(x)?.rank();
        let axes = match self.integers("axes", 1)? {
            Some(axes) if !axes.is_empty() => resolve_all(&axes, rank)?,
            _ if self.flag("noop_with_empty_axes")? => return Ok(x),
            _ => (0..rank).collect(),
        };
        let mut wire = over(self, axes.clone())?;
        if self.proto.get_attr_opt("keepdims")?.unwrap_or(1) == 0 {
            for &axis in axes.iter().rev() {
                wire = self.step(AxisOp::Rm(axis), &[wire])?;
            }
        }
        Ok(wire)
    }

    /// Over one axis since version 13, over all from it on before.
    fn softmax(&mut self, kind: SoftmaxKind) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let rank = self.fact(x)?.rank();
        let axis = resolve(self.integer("axis", if self.version < 13 { 1 } else { -1 })?, rank)?;
        let axes = if self.version < 13 { (axis..rank).collect() } else { tvec!(axis) };
        self.step(Softmax { axes, quant_output_dt: None, kind }, &[x])
    }

    /// As one product and one sum, which tract folds into the convolution before.
    fn batch_normalization(&mut self) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let (rank, channels) = (self.fact(x)?.rank(), self.channels(x)?);
        let epsilon = self.float("epsilon", 1e-5)?;
        let [scale, bias, mean, variance] = [1, 2, 3, 4].map(|at| self.floats(at));
        let (scale, bias, mean, variance) = (scale?, bias?, mean?, variance?);
        ensure!([&scale, &bias, &mean, &variance].iter().all(|values| values.len() == channels), "one value a channel");
        let slopes: Vec<f32> = scale.iter().zip(&variance).map(|(s, v)| s / (v + epsilon).sqrt()).collect();
        let shifts: Vec<f32> = (0..channels).map(|c| bias[c] - mean[c] * slopes[c]).collect();
        let mut shape = tvec![1; rank];
        shape[1] = channels;
        let slopes = self.constant(Tensor::from_shape(&shape, &slopes)?)?;
        let shifts = self.constant(Tensor::from_shape(&shape, &shifts)?)?;
        let product = self.step(math::mul(), &[x, slopes])?;
        self.step(math::add(), &[product, shifts])
    }

    fn instance_normalization(&mut self) -> TractResult<OutletId> {
        let axes = self.spatial_axes(0)?;
        let mut parameters = [self.input(1)?, self.input(2)?];
        // From the channels' axis alone to all but the batch's, which comes by itself.
        for parameter in &mut parameters {
            for axis in 0..axes.len() {
                *parameter = self.step(AxisOp::Add(1 + axis), &[*parameter])?;
            }
        }
        let normal = self.normalized(axes)?;
        let product = self.step(math::mul(), &[normal, parameters[0]])?;
        self.step(math::add(), &[product, parameters[1]])
    }

    fn layer_normalization(&mut self) -> TractResult<OutletId> {
        let rank = self.fact(self.input(0)?)?.rank();
        let axis = resolve(self.integer("axis", -1)?, rank)?;
        let (scale, bias) = (self.input(1)?, self.optional_input(2));
        let normal = self.normalized((axis..rank).collect())?;
        let product = self.step(math::mul(), &[normal, scale])?;
        bias.map_or(Ok(product), |bias| self.step(math::add(), &[product, bias]))
    }

    /// (x − mean) / √(variance + ε), both over `axes`.
    fn normalized(&mut self, axes: TVec<usize>) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let epsilon = self.float("epsilon", 1e-5)?;
        let epsilon = self.scalar(epsilon)?;
        let mean = self.mean_of(x, axes.clone())?;
        let difference = self.step(math::sub(), &[x, mean])?;
        let squares = self.step(math::square(), &[difference])?;
        let variance = self.mean_of(squares, axes)?;
        let variance = self.step(math::add(), &[variance, epsilon])?;
        let factor = self.step(math::rsqrt(), &[variance])?;
        self.step(math::mul(), &[difference, factor])
    }

    /// x / (bias + α/size · Σ x²)^β, the sum over `size` neighbouring channels.
    fn local_response_normalization(&mut self) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let size: usize = self.proto.get_attr("size")?;
        let (rank, channels) = (self.fact(x)?.rank(), self.channels(x)?);
        ensure!(size > 0, "size must be above 0");
        let alpha = self.float("alpha", 1e-4)? / size as f32;
        let (beta, bias) = (self.float("beta", 0.75)?, self.float("bias", 1.0)?);
        let (alpha, beta, bias) = (self.scalar(alpha)?, self.scalar(beta)?, self.scalar(bias)?);
        let squares = self.step(math::square(), &[x])?;
        let mut pads = vec![(0, 0); rank];
        pads[1] = ((size - 1) / 2, size / 2);
        let padded = self.step(Pad { pads, mode: PadMode::default() }, &[squares])?;
        let mut sum = self.step(Slice::new(1, 0, channels), &[padded])?;
        for first in 1..size {
            let next = self.step(Slice::new(1, first, first + channels), &[padded])?;
            sum = self.step(math::add(), &[sum, next])?;
        }
        let scaled = self.step(math::mul(), &[sum, alpha])?;
        let shifted = self.step(math::add(), &[scaled, bias])?;
        let divisor = self.step(math::pow(), &[shifted, beta])?;
        self.step(math::div(), &[x, divisor])
    }

    fn gemm(&mut self) -> TractResult<OutletId> {
        let (a, b) = (self.input(0)?, self.input(1)?);
        let (alpha, beta) = (self.float("alpha", 1.0)?, self.float("beta", 1.0)?);
        let axes = AxesMapping::for_numpy_matmul(2, self.flag("transA")?, self.flag("transB")?, false)?;
        let mut product = self.product(axes, a, b)?;
        if alpha != 1.0 {
            let alpha = self.scalar(alpha)?;
            product = self.step(math::mul(), &[product, alpha])?;
        }
        let Some(mut bias) = self.optional_input(2) else { return Ok(product) };
        if beta != 1.0 {
            let beta = self.scalar(beta)?;
            bias = self.step(math::mul(), &[bias, beta])?;
        }
        self.step(math::add(), &[product, bias])
    }

    fn matrix_product(&mut self) -> TractResult<OutletId> {
        let (a, b) = (self.input(0)?, self.input(1)?);
        let (rank_a, rank_b) = (self.fact(a)?.rank(), self.fact(b)?.rank());
        ensure!(rank_a > 1 && rank_b > 1, "MatMul of vectors is not supported");
        let rank = rank_a.max(rank_b);
        let [mut wires_a, mut wires_b] = [a, b];
        for _ in rank_a..rank {
            wires_a = self.step(AxisOp::Add(0), &[wires_a])?;
        }
        for _ in rank_b..rank {
            wires_b = self.step(AxisOp::Add(0), &[wires_b])?;
        }
        self.product(AxesMapping::for_numpy_matmul(rank, false, false, false)?, wires_a, wires_b)
    }

    fn product(&mut self, axes: AxesMapping, a: OutletId, b: OutletId) -> TractResult<OutletId> {
        self.ensure_f32(&[a, b])?;
        self.step_as_is(EinSum::new(axes, f32::datum_type()), &[a, b])
    }

    // --- the same values in another shape ---

    fn concat(&mut self) -> TractResult<OutletId> {
        let axis = resolve(self.proto.get_attr("axis")?, self.fact(self.input(0)?)?.rank())?;
        self.step_as_is(TypedConcat { axis }, self.inputs)
    }

    fn expand(&mut self) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let wanted: TVec<usize> = sizes(&self.integer_input(1)?)?;
        let shape = multi_broadcast(&[&self.shape(x)?, &wanted])?;
        let shape: TVec<TDim> = shape.iter().map(|&dim| dim.to_dim()).collect();
        self.step_as_is(MultiBroadcastTo::new(shape.into()), &[x])
    }

    fn flatten(&mut self) -> TractResult<OutletId> {
        let shape = self.shape(self.input(0)?)?;
        // Unlike elsewhere, one past the last axis is allowed.
        let axis = resolve(self.integer("axis", 1)?, shape.len() + 1)?;
        self.reshaped(&[shape[..axis].iter().product::<usize>() as i64, -1])
    }

    fn reshape(&mut self) -> TractResult<OutletId> {
        ensure!(!self.flag("allowzero")?, "allowzero is not supported");
        let shape = self.integer_input(1)?;
        self.reshaped(&shape)
    }

    fn reshaped(&mut self, shape: &[i64]) -> TractResult<OutletId> {
        let mut wire = self.input(0)?;
        let from = self.fact(wire)?.shape.to_tvec();
        let to: TVec<TDim> = shape.iter().map(|&dim| dim.to_dim()).collect();
        for op in to_axis_ops_with_onnx_rules(&from, &to, false)? {
            wire = self.step(op, &[wire])?;
        }
        Ok(wire)
    }

    fn squeeze(&mut self) -> TractResult<OutletId> {
        let mut wire = self.input(0)?;
        let shape = self.shape(wire)?;
        let axes = match self.integers("axes", 1)? {
            Some(axes) => resolve_all(&axes, shape.len())?,
            None => (0..shape.len()).filter(|&axis| shape[axis] == 1).collect(),
        };
        for &axis in axes.iter().rev() {
            wire = self.step(AxisOp::Rm(axis), &[wire])?;
        }
        Ok(wire)
    }

    fn unsqueeze(&mut self) -> TractResult<OutletId> {
        let mut wire = self.input(0)?;
        let axes = self.integers("axes", 1)?.context("axes are missing")?;
        let rank = self.fact(wire)?.rank() + axes.len();
        for axis in resolve_all(&axes, rank)? {
            wire = self.step(AxisOp::Add(axis), &[wire])?;
        }
        Ok(wire)
    }

    fn transpose(&mut self) -> TractResult<OutletId> {
        let mut wire = self.input(0)?;
        let rank = self.fact(wire)?.rank();
        let order: TVec<usize> = self.proto.get_attr_opt_tvec("perm")?.unwrap_or_else(|| (0..rank).rev().collect());
        ensure!((0..rank).all(|axis| order.contains(&axis)) && order.len() == rank, "perm must name each axis once");
        for op in perm_to_ops(&order) {
            wire = self.step(op, &[wire])?;
        }
        Ok(wire)
    }

    fn gather(&mut self) -> TractResult<OutletId> {
        let (x, indices) = (self.input(0)?, self.input(1)?);
        let axis = resolve(self.integer("axis", 0)?, self.fact(x)?.rank())?;
        let indices = self.cast(indices, i64::datum_type())?;
        self.step_as_is(Gather::new(axis), &[x, indices])
    }

    /// Amounts are an attribute before version 11, an input since.
    fn pad(&mut self) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let rank = self.fact(x)?.rank();
        let amounts = sizes(&self.integers("pads", 1)?.context("pads are missing")?)?;
        let axes = match self.optional_input(3) {
            Some(_) => self.integer_input(3)?,
            None => (0..rank as i64).collect(),
        };
        ensure!(amounts.len() == 2 * axes.len(), "pads need two values an axis");
        let mut pads = vec![(0, 0); rank];
        for (at, &axis) in axes.iter().enumerate() {
            pads[resolve(axis, rank)?] = (amounts[at], amounts[at + axes.len()]);
        }
        let mode = match self.text("mode")?.unwrap_or("constant") {
            "constant" => {
                let value = match self.optional_input(2) {
                    Some(_) => *self.floats(2)?.first().context("the value is empty")?,
                    None => self.float("value", 0.0)?,
                };
                PadMode::Constant(Arc::new(tensor0(value)))
            }
            "reflect" => PadMode::Reflect,
            "edge" => PadMode::Edge,
            other => bail!("mode {other} is not supported"),
        };
        self.step(Pad { pads, mode }, &[x])
    }

    /// Bounds are attributes before version 10, inputs since.
    fn slice(&mut self) -> TractResult<OutletId> {
        let mut wire = self.input(0)?;
        let shape = self.shape(wire)?;
        let starts = self.integers("starts", 1)?.context("starts are missing")?;
        let ends = self.integers("ends", 2)?.context("ends are missing")?;
        let axes = self.integers("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
        let strides = self.integers("steps", 4)?.unwrap_or_else(|| vec![1; starts.len()]);
        ensure!([&ends, &axes, &strides].iter().all(|values| values.len() == starts.len()), "one bound an axis");
        for at in 0..starts.len() {
            let axis = resolve(axes[at], shape.len())?;
            let length = shape[axis] as i64;
            let within = |bound: i64| (if bound < 0 { bound.saturating_add(length) } else { bound }).clamp(0, length);
            let (start, end) = (within(starts[at]), within(ends[at]));
            ensure!(strides[at] > 0, "slices backwards are not supported");
            ensure!(start < end, "an empty slice");
            if (start, end) != (0, length) {
                wire = self.step(Slice::new(axis, start as usize, end as usize), &[wire])?;
            }
            if strides[at] > 1 {
                wire = self.step(Downsample::new(axis, strides[at] as isize, 0), &[wire])?;
            }
        }
        Ok(wire)
    }

    /// Into parts whose lengths are given, or as equal as can be, the last the shortest.
    fn split(&mut self) -> TractResult<TVec<OutletId>> {
        let x = self.input(0)?;
        let shape = self.shape(x)?;
        let axis = resolve(self.integer("axis", 0)?, shape.len())?;
        let parts = self.proto.output.len().max(1);
        let lengths = match self.integers("split", 1)? {
            Some(lengths) => sizes(&lengths)?,
            None => {
                let longest = shape[axis].div_ceil(parts);
                (0..parts).map(|part| longest.min(shape[axis] - (longest * part).min(shape[axis]))).collect()
            }
        };
        let whole = lengths.iter().fold(0, |sum: usize, &length| sum.saturating_add(length));
        ensure!(lengths.len() == parts && whole == shape[axis], "the parts do not fit");
        let mut start = 0;
        let mut wires = tvec!();
        for length in lengths {
            wires.push(self.step(Slice::new(axis, start, start + length), &[x])?);
            start += length;
        }
        Ok(wires)
    }

    // --- constants ---

    fn constant_node(&mut self) -> TractResult<OutletId> {
        let node = self.proto;
        let value = if let Some(tensor) = node.get_attr_opt("value")? {
            tract_onnx::tensor::load_tensor(&*Onnx::default().provider, tensor, None)?
        } else if let Some(value) = node.get_attr_opt::<f32>("value_float")? {
            tensor0(value)
        } else if let Some(values) = node.get_attr_opt_slice::<f32>("value_floats")? {
            tensor1(values)
        } else if let Some(value) = node.get_attr_opt::<i64>("value_int")? {
            tensor0(value)
        } else if let Some(values) = node.get_attr_opt_slice::<i64>("value_ints")? {
            tensor1(values)
        } else {
            bail!("a constant of numbers is expected")
        };
        self.constant(value)
    }

    fn constant_of_shape(&mut self) -> TractResult<OutletId> {
        let shape = sizes(&self.integer_input(0)?)?;
        let value = match self.proto.get_attr_opt("value")? {
            Some(tensor) => tract_onnx::tensor::load_tensor(&*Onnx::default().provider, tensor, None)?,
            None => tensor0(0.0_f32),
        };
        ensure!(value.len() == 1, "one value is repeated");
        self.constant(value.into_shape(&[])?.broadcast_to_shape(&shape)?)
    }

    fn shape_node(&mut self) -> TractResult<OutletId> {
        let shape: Vec<i64> = self.shape(self.input(0)?)?.iter().map(|&dim| dim as i64).collect();
        let rank = shape.len() as i64;
        let within = |axis: i64| (if axis < 0 { axis + rank } else { axis }).clamp(0, rank) as usize;
        let (start, end) = (within(self.integer("start", 0)?), within(self.integer("end", rank)?));
        self.constant(tensor1(&shape[start..end.max(start)]))
    }

    // --- 8-bit values between float nodes ---

    fn quantize(&mut self) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let [scale] = self.floats(1)?[..] else { bail!("only weights have a scale for each channel") };
        ensure!(scale.is_finite() && scale > 0.0, "a scale must be above 0");
        let (datum_type, zero_points) = self.zero_points()?;
        let [zero_point] = zero_points[..] else { bail!("one scale has one zero point") };
        match datum_type {
            DatumType::U8 => self.step(quantize_linear_u8(scale.recip(), zero_point as u8), &[x]),
            DatumType::I8 => self.step(quantize_linear_i8(scale.recip(), zero_point as i8), &[x]),
            other => bail!("values are quantized to 8 bits, not to {other:?}"),
        }
    }

    fn dequantize(&mut self) -> TractResult<OutletId> {
        let x = self.input(0)?;
        let scales = self.floats(1)?;
        let (_, zero_points) = self.zero_points()?;
        if let (&[scale], &[zero_point]) = (&scales[..], &zero_points[..]) {
            return self.step(DequantizeLinearF32 { scale, zero_point: zero_point as i32 }, &[x]);
        }
        let shape = self.shape(x)?;
        let axis = resolve(self.integer("axis", 1)?, shape.len())?;
        let mut along = tvec![1; shape.len()];
        along[axis] = scales.len();
        ensure!(zero_points.len() == scales.len() || zero_points.len() == 1, "one zero point a scale");
        let zero_points: Vec<f32> = zero_points.iter().cycle().take(scales.len()).map(|&zero| zero as f32).collect();
        let (scales, zero_points) = (Tensor::from_shape(&along, &scales)?, Tensor::from_shape(&along, &zero_points)?);
        let (scales, zero_points) = (self.constant(scales)?, self.constant(zero_points)?);
        let x = self.cast(x, f32::datum_type())?;
        let x = self.step(math::sub(), &[x, zero_points])?;
        self.step(math::mul(), &[x, scales])
    }

    /// The optional third input: the type of the quantized values, too.
    fn zero_points(&self) -> TractResult<(DatumType, Vec<i64>)> {
        match self.optional_input(2) {
            Some(outlet) => Ok((self.fact(outlet)?.datum_type, self.integer_input(2)?)),
            None => Ok((u8::datum_type(), vec![0])),
        }
    }

    // --- what a node is told ---

    /// Input `at` of the file's list, in which an input that is left out may stand before others.
    fn optional_input(&self, at: usize) -> Option<OutletId> {
        optional_inputs(self.proto).nth(at).flatten().map(|given| self.inputs[given])
    }

    fn input(&self, at: usize) -> TractResult<OutletId> {
        self.optional_input(at).with_context(|| format!("input {at} is missing"))
    }

    fn fact(&self, outlet: OutletId) -> TractResult<&TypedFact> {
        self.model.outlet_fact(outlet)
    }

    fn shape(&self, outlet: OutletId) -> TractResult<TVec<usize>> {
        Ok(self.fact(outlet)?.shape.as_concrete().context("shapes must be known")?.into())
    }

    fn channels(&self, image: OutletId) -> TractResult<usize> {
        self.shape(image)?.get(1).copied().context("an image has channels")
    }

    fn values<T: Datum>(&self, at: usize) -> TractResult<Vec<T>> {
        let value = self.fact(self.input(at)?)?.konst.clone();
        let value = value.with_context(|| format!("input {at} must be a constant"))?;
        Ok(value.cast_to::<T>()?.try_as_plain_ram()?.as_slice::<T>()?.to_vec())
    }

    fn floats(&self, at: usize) -> TractResult<Vec<f32>> {
        self.values(at)
    }

    fn integer_input(&self, at: usize) -> TractResult<Vec<i64>> {
        self.values(at)
    }

    /// What older versions have as an attribute and newer ones as an input.
    fn integers(&self, name: &str, at: usize) -> TractResult<Option<Vec<i64>>> {
        match self.optional_input(at) {
            Some(_) => Ok(Some(self.integer_input(at)?)),
            None => self.proto.get_attr_opt_vec(name),
        }
    }

    fn integer(&self, name: &str, default: i64) -> TractResult<i64> {
        Ok(self.proto.get_attr_opt(name)?.unwrap_or(default))
    }

    fn flag(&self, name: &str) -> TractResult<bool> {
        Ok(self.integer(name, 0)? != 0)
    }

    fn float(&self, name: &str, default: f32) -> TractResult<f32> {
        Ok(self.proto.get_attr_opt(name)?.unwrap_or(default))
    }

    fn text(&self, name: &str) -> TractResult<Option<&str>> {
        self.proto.get_attr_opt(name)
    }

    /// tract has matrix kernels for other numbers, too, but the browser's binary leaves them out.
    fn ensure_f32(&self, outlets: &[OutletId]) -> TractResult<()> {
        for &outlet in outlets {
            let datum_type = self.fact(outlet)?.datum_type;
            ensure!(datum_type == f32::datum_type(), "products are computed of 32-bit floats, not of {datum_type:?}");
        }
        Ok(())
    }

    // --- what it adds to the model ---

    fn unary(&mut self, op: impl Into<Box<dyn TypedOp>>) -> TractResult<OutletId> {
        let x = self.input(0)?;
        self.step(op, &[x])
    }

    fn binary(&mut self, op: impl Into<Box<dyn TypedOp>>) -> TractResult<OutletId> {
        let (a, b) = (self.input(0)?, self.input(1)?);
        self.step(op, &[a, b])
    }

    fn cast(&mut self, x: OutletId, to: DatumType) -> TractResult<OutletId> {
        if self.fact(x)?.datum_type == to { Ok(x) } else { self.step(cast(to), &[x]) }
    }

    fn scalar(&mut self, value: f32) -> TractResult<OutletId> {
        self.constant(tensor0(value))
    }

    fn constant(&mut self, value: Tensor) -> TractResult<OutletId> {
        let name = self.model.unique_name(format!("{}.constant", self.prefix));
        self.model.add_const(name, value)
    }

    /// Wires an operator with one output, its inputs brought to one rank by axes of length 1 in front.
    fn step(&mut self, op: impl Into<Box<dyn TypedOp>>, inputs: &[OutletId]) -> TractResult<OutletId> {
        let name = self.model.unique_name(self.prefix);
        Ok(wire_with_rank_broadcast(name, self.model, op, inputs)?[0])
    }

    /// Wires an operator with one output.
    fn step_as_is(&mut self, op: impl Into<Box<dyn TypedOp>>, inputs: &[OutletId]) -> TractResult<OutletId> {
        let name = self.model.unique_name(self.prefix);
        Ok(self.model.wire_node(name, op, inputs)?[0])
    }
}

/// An axis that may be counted from the end.
fn resolve(axis: i64, rank: usize) -> TractResult<usize> {
    let resolved = if axis < 0 { axis + rank as i64 } else { axis };
    ensure!((0..rank as i64).contains(&resolved), "axis {axis} is not among {rank}");
    Ok(resolved as usize)
}

/// In ascending order, each once.
fn resolve_all(axes: &[i64], rank: usize) -> TractResult<TVec<usize>> {
    let mut axes = axes.iter().map(|&axis| resolve(axis, rank)).collect::<TractResult<TVec<usize>>>()?;
    axes.sort_unstable();
    axes.dedup();
    Ok(axes)
}

fn sizes(values: &[i64]) -> TractResult<TVec<usize>> {
    values.iter().map(|&value| Ok(usize::try_from(value)?)).collect()
}
