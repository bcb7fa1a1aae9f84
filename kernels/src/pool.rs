//! Global average pool.

use crate::{Operand, reference};

/// Mean over all pixels of each channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AveragePool {
    /// Input quantization.
    pub input: Operand,
    /// Output quantization.
    pub output: Operand,
    /// Pixels in the input.
    pub pixels: usize,
}

impl AveragePool {
    /// Pools `input` (pixels × channels) into `output` (channels).
    pub fn run(&self, input: &[u8], output: &mut [u8]) {
        reference::average_pool(self, input, output);
    }
}
