//! Every kernel against its reference, to the bit, over random shapes and values.

#![allow(missing_docs, clippy::panic, reason = "a test says what it finds by panicking")]

use tagdrop_kernels::{Add, Convolution, ConvolutionParameters, Linear, Operand, Requantize, Shape, reference};

/// A small generator (xorshift64*), so that a failure can be had again from its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From `low` up to and with `high`.
    fn within(&mut self, low: i64, high: i64) -> i64 {
        low + ((self.next() >> 16) % (high - low + 1) as u64) as i64
    }

    fn size(&mut self, low: usize, high: usize) -> usize {
        self.within(low as i64, high as i64) as usize
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.size(0, choices.len() - 1)]
    }

    /// Bytes of a layer's input: at times all at one end, where sums are largest.
    fn bytes(&mut self, len: usize) -> Vec<u8> {
        match self.within(0, 5) {
            0 => vec![255; len],
            1 => vec![0; len],
            _ => (0..len).map(|_| self.next() as u8).collect(),
        }
    }

    fn parameters(&mut self, shape: Shape) -> ConvolutionParameters<'static> {
        let extreme = self.within(0, 7) == 0;
        let weights =
            (0..shape.weights_len()).map(|_| if extreme { -128 } else { self.within(-128, 127) as i8 }).collect();
        let bias = (0..shape.channels_out).map(|_| self.within(-100_000, 100_000) as i32).collect();
        // Most sums land inside the range of a byte, some far outside.
        let depth = shape.weights_len() / shape.channels_out;
        let typical = 255.0 / (128.0 * 128.0 * (depth as f32).sqrt());
        let scales = (0..shape.channels_out).map(|_| typical * self.one_of(&[0.1, 0.5, 1.0, 1.0, 3.0, 40.0])).collect();
        let requantize = Requantize { scales, zero_point: self.one_of(&[0, 0, 1, 121, 128, 255]) };
        ConvolutionParameters { shape, input_zero_point: self.one_of(&[0, 0, 3, 127, 255]), weights, bias, requantize }
    }
}

/// A shape whose output is as large as stride and padding allow.
fn shape(
    input: [usize; 2],
    kernel: usize,
    stride: usize,
    before: usize,
    after: usize,
    channels: [usize; 2],
    groups: usize,
) -> Shape {
    let output = input.map(|length| (length + before + after - kernel) / stride + 1);
    Shape {
        input,
        output,
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding: [before; 2],
        channels_in: channels[0],
        channels_out: channels[1],
        groups,
    }
}

fn check(random: &mut Random, shape: Shape) {
    let seed = random.0;
    let parameters = random.parameters(shape);
    let input = random.bytes(shape.input_len());
    let (mut ours, mut expected) = (vec![1; shape.output_len()], vec![2; shape.output_len()]);
    reference::convolution(&parameters, &input, &mut expected);
    Convolution::new(parameters).run(&input, &mut ours);
    if let Some(at) = ours.iter().zip(&expected).position(|(a, b)| a != b) {
        panic!("value {at} is {} instead of {}; seed {seed:#x}, {shape:?}", ours[at], expected[at]);
    }
}

#[test]
fn pointwise_layers_of_any_width() {
    let mut random = Random(1);
    for _ in 0..300 {
        let input = [random.size(1, 9), random.size(1, 9)];
        let channels = [random.size(1, 70), random.size(1, 70)];
        check(&mut random, shape(input, 1, 1, 0, 0, channels, 1));
    }
}

#[test]
fn pointwise_layers_of_the_shipped_network() {
    let mut random = Random(2);
    for (edge, channels) in [(28, [16, 96]), (14, [480, 112]), (7, [1152, 192]), (7, [320, 1280]), (1, [1280, 1000])] {
        check(&mut random, shape([edge; 2], 1, 1, 0, 0, channels, 1));
    }
}

#[test]
fn dense_layers_with_any_kernel_stride_and_padding() {
    let mut random = Random(3);
    for _ in 0..300 {
        let kernel = random.size(1, 5);
        let input = [random.size(kernel, 12), random.size(kernel, 12)];
        let (stride, before, after) = (random.size(1, 3), random.size(0, kernel - 1), random.size(0, kernel - 1));
        let channels = [random.size(1, 9), random.size(1, 40)];
        check(&mut random, shape(input, kernel, stride, before, after, channels, 1));
    }
}

#[test]
fn depthwise_layers_of_any_width() {
    let mut random = Random(4);
    for _ in 0..500 {
        let kernel = random.one_of(&[1, 2, 3, 3, 3, 5, 5, 5, 7]);
        let input = [random.size(kernel, 14), random.size(kernel, 14)];
        let (stride, before, after) = (random.size(1, 3), random.size(0, kernel - 1), random.size(0, kernel - 1));
        let channels = random.one_of(&[1, 3, 8, 16, 24, 31, 32, 48, 96]);
        check(&mut random, shape(input, kernel, stride, before, after, [channels; 2], channels));
    }
}

#[test]
fn grouped_layers_that_are_neither() {
    let mut random = Random(5);
    for _ in 0..100 {
        let groups = random.size(2, 4);
        let channels = [groups * random.size(1, 5), groups * random.size(1, 5)];
        check(&mut random, shape([6, 5], 3, 1, 1, 1, channels, groups));
    }
}

#[test]
fn fully_connected_layers_give_the_same_floats() {
    let mut random = Random(6);
    for _ in 0..100 {
        let shape = shape([1, 1], 1, 1, 0, 0, [random.size(1, 200), random.size(1, 60)], 1);
        let parameters = random.parameters(shape);
        let input = random.bytes(shape.input_len());
        let (mut ours, mut expected) = (vec![1.0; shape.output_len()], vec![2.0; shape.output_len()]);
        reference::convolution_to_real(&parameters, &input, &mut expected);
        Linear::new(parameters).run(&input, &mut ours);
        assert_eq!(ours, expected, "{shape:?}");
    }
}

#[test]
fn sums_of_any_two_bytes() {
    let mut random = Random(8);
    let all: Vec<u8> = (0..=255).collect();
    let (a, b): (Vec<u8>, Vec<u8>) = all.iter().flat_map(|&a| all.iter().map(move |&b| (a, b))).unzip();
    for _ in 0..60 {
        let mut operand = || Operand {
            scale: random.one_of(&[1e-6, 0.0235, 0.4, 0.5, 1.0, 3.7, 1e5]),
            zero_point: random.next() as u8,
        };
        let add = Add { a: operand(), b: operand(), sum: operand() };
        let (mut ours, mut expected) = (vec![1; a.len()], vec![2; a.len()]);
        reference::add(&add, &a, &b, &mut expected);
        add.run(&a, &b, &mut ours);
        assert_eq!(ours, expected, "{add:?}");
    }
}

#[test]
fn biases_and_scales_at_the_ends_fall_back_to_the_reference() {
    let mut random = Random(7);
    for (bias, scale) in [(i32::MAX, 1.0), (i32::MIN, 1e-9), (1_000_000, 1e6), (0, 1e30), (-5, f32::MIN_POSITIVE)] {
        let shape = shape([3, 3], 1, 1, 0, 0, [1, 8], 1);
        let mut parameters = random.parameters(shape);
        // No product may add to a bias at the very end.
        parameters.weights = vec![0; shape.weights_len()].into();
        parameters.bias = vec![bias; 8].into();
        parameters.requantize.scales = vec![scale; 8].into();
        let input = random.bytes(shape.input_len());
        let (mut ours, mut expected) = (vec![1; shape.output_len()], vec![2; shape.output_len()]);
        reference::convolution(&parameters, &input, &mut expected);
        Convolution::new(parameters).run(&input, &mut ours);
        assert_eq!(ours, expected, "bias {bias}, scale {scale}");
    }
}
