//! What each operator means, in portable Rust. Faster twins must equal these to the bit.

use crate::{Add, AveragePool, ConvolutionParameters};

/// See [`crate::Convolution::run`].
pub fn convolution(layer: &ConvolutionParameters<'_>, input: &[u8], output: &mut [u8]) {
    convolve(layer, input, output, |sum, channel| layer.requantize.apply(sum, channel));
}

/// See [`crate::Linear::run`].
pub fn convolution_to_real(layer: &ConvolutionParameters<'_>, input: &[u8], output: &mut [f32]) {
    convolve(layer, input, output, |sum, channel| sum as f32 * layer.requantize.scales[channel]);
}

fn convolve<T>(layer: &ConvolutionParameters<'_>, input: &[u8], output: &mut [T], finish: impl Fn(i32, usize) -> T) {
    let shape = &layer.shape;
    let in_group = shape.channels_in_group();
    let out_group = shape.channels_out / shape.groups;
    let [kernel_h, kernel_w] = shape.kernel;
    let zero = i32::from(layer.input_zero_point);
    for (pixel, out) in output.chunks_exact_mut(shape.channels_out).enumerate() {
        let [y, x] = [pixel / shape.output[1], pixel % shape.output[1]];
        for (channel, value) in out.iter_mut().enumerate() {
            let first_in = channel / out_group * in_group;
            let mut sum = layer.bias[channel];
            for tap in 0..kernel_h * kernel_w {
                // The padding holds the zero point and so adds nothing.
                let (Some(row), Some(column)) = (shape.tap(0, y, tap / kernel_w), shape.tap(1, x, tap % kernel_w))
                else {
                    continue;
                };
                let pixel = &input[(row * shape.input[1] + column) * shape.channels_in + first_in..][..in_group];
                let weights = &layer.weights[(channel * kernel_h * kernel_w + tap) * in_group..][..in_group];
                sum += dot(pixel, zero, weights);
            }
            *value = finish(sum, channel);
        }
    }
}

fn dot(pixel: &[u8], zero: i32, weights: &[i8]) -> i32 {
    pixel.iter().zip(weights).map(|(&p, &w)| (i32::from(p) - zero) * i32::from(w)).sum()
}

/// See [`Add::run`].
pub fn add(layer: &Add, a: &[u8], b: &[u8], sum: &mut [u8]) {
    let zero_point = f32::from(layer.sum.zero_point);
    for ((&a, &b), sum) in a.iter().zip(b).zip(sum) {
        let real = layer.a.dequantize(a) + layer.b.dequantize(b);
        let steps = (real / layer.sum.scale).clamp(-zero_point, 255.0 - zero_point);
        // onnxruntime adds the zero point before it rounds, which decides ties when the zero point is odd.
        *sum = (steps + zero_point).round_ties_even() as u8;
    }
}

/// See [`AveragePool::run`].
pub fn average_pool(layer: &AveragePool, input: &[u8], output: &mut [u8]) {
    let scale = layer.input.scale / (layer.output.scale * layer.pixels as f32);
    let channels = output.len();
    for (channel, value) in output.iter_mut().enumerate() {
        let total: i32 = input.iter().skip(channel).step_by(channels).map(|&v| i32::from(v)).sum();
        let centred = total - i32::from(layer.input.zero_point) * layer.pixels as i32;
        let steps = (centred as f32 * scale).round_ties_even() as i32 + i32::from(layer.output.zero_point);
        *value = steps.clamp(0, 255) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::{add, average_pool, convolution};
    use crate::{Add, AveragePool, ConvolutionParameters, Operand, Requantize, Shape};

    #[test]
    fn padding_adds_nothing_and_strides_pick_pixels() {
        // A 3×3 kernel of ones at stride 2 over 4×4 pixels of value 1 (zero point 5), padded right and below only.
        let layer = ConvolutionParameters {
            shape: Shape {
                input: [4, 4],
                output: [2, 2],
                kernel: [3, 3],
                stride: [2, 2],
                padding: [0, 0],
                channels_in: 1,
                channels_out: 1,
                groups: 1,
            },
            input_zero_point: 5,
            weights: vec![1; 9].into(),
            bias: [100].into(),
            requantize: Requantize { scales: [1.0].into(), zero_point: 0 },
        };
        let mut output = [0; 4];
        convolution(&layer, &[6; 16], &mut output);
        assert_eq!(output, [109, 106, 106, 104]);
    }

    #[test]
    fn groups_read_their_own_channels() {
        let layer = ConvolutionParameters {
            shape: Shape {
                input: [1, 1],
                output: [1, 1],
                kernel: [1, 1],
                stride: [1, 1],
                padding: [0, 0],
                channels_in: 4,
                channels_out: 2,
                groups: 2,
            },
            input_zero_point: 0,
            weights: vec![1, 10, -1, 2].into(),
            bias: [0, 0].into(),
            requantize: Requantize { scales: [1.0, 0.5].into(), zero_point: 1 },
        };
        let mut output = [0; 2];
        convolution(&layer, &[1, 2, 3, 4], &mut output);
        // 1·1 + 2·10 + 1, and (3·−1 + 4·2) / 2 rounded to even + 1.
        assert_eq!(output, [22, 3]);
    }

    #[test]
    fn addition_rounds_after_the_zero_point() {
        let half = Operand { scale: 0.5, zero_point: 0 };
        let layer =
            Add { a: half, b: Operand { scale: 1.0, zero_point: 100 }, sum: Operand { scale: 1.0, zero_point: 1 } };
        let mut sum = [0; 4];
        add(&layer, &[1, 3, 0, 255], &[100, 100, 0, 255], &mut sum);
        // 0.5 + 1 → 2 and 1.5 + 1 → 2 (to even), −100 → 0, 127.5 + 155 + 1 → 255.
        assert_eq!(sum, [2, 2, 0, 255]);
    }

    #[test]
    fn the_mean_is_taken_per_channel() {
        let operand = Operand { scale: 0.1, zero_point: 2 };
        let layer = AveragePool { input: operand, output: operand, pixels: 3 };
        let mut output = [0; 2];
        average_pool(&layer, &[2, 10, 4, 20, 6, 31], &mut output);
        assert_eq!(output, [4, 20]);
    }
}
