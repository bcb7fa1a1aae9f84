//! Running the kernels on nothing, so that engines have optimized them when a network needs them.

use std::hint::black_box;

use crate::{Add, Convolution, ConvolutionParameters, Operand, Requantize, Shape};

/// Pixels along the edge of what is convolved, so odd that every kernel has a last tile too.
const EDGE: usize = 15;

/// Of the convolutions.
const CHANNELS: usize = 48;

/// V8 optimizes a function when it has run through some 13 million bytes of WebAssembly in it (`--wasm-tiering-budget`), and goes on
/// slowly until it has: so many runs take some 20 ms, and a first network after them 20 instead of 50 or more.
const RUNS: usize = 60;

/// Runs every kernel of mobile networks often enough that engines begin to optimize it.
pub fn warm_up() {
    let layers = [(1, 1), (3, CHANNELS), (5, CHANNELS)].map(|(kernel, groups)| layer(kernel, groups));
    let input = vec![1; EDGE * EDGE * CHANNELS];
    let mut output = input.clone();
    let operand = Operand { scale: 1.0, zero_point: 0 };
    for _ in 0..RUNS {
        for layer in &layers {
            layer.run(&input, black_box(&mut output));
        }
        Add { a: operand, b: operand, sum: operand }.run(&input, &input, black_box(&mut output));
    }
}

fn layer(kernel: usize, groups: usize) -> Convolution {
    let shape = Shape {
        input: [EDGE; 2],
        output: [EDGE; 2],
        kernel: [kernel; 2],
        stride: [1; 2],
        padding: [kernel / 2; 2],
        channels_in: CHANNELS,
        channels_out: CHANNELS,
        groups,
    };
    Convolution::new(ConvolutionParameters {
        shape,
        input_zero_point: 0,
        weights: vec![1; shape.weights_len()].into(),
        bias: vec![0; CHANNELS].into(),
        requantize: Requantize { scales: vec![1.0; CHANNELS].into(), zero_point: 0 },
    })
}
