//! Every bound on untrusted input, each with its reason. Beyond one of them the answer is `image-too-large`.
//!
//! Of files with several frames only the first is decoded, whatever their number.

/// Bytes of an image file. Camera raw aside, files people upload stay well below; the whole file is held in memory once.
pub const MAX_FILE_BYTES: usize = 200 << 20;

/// Pixels along an edge. JPEG cannot say more (16 bits), and nothing else reasonable does.
pub const MAX_EDGE: u32 = 65_535;

/// Pixels of a JPEG, which is decoded scaled down. The worst case, a progressive one without chroma subsampling, keeps 6 bytes
/// of coefficients a pixel: 0.6 GB.
pub const MAX_JPEG_PIXELS: u64 = 100_000_000;

/// Pixels of any other format, which is decoded at full size: 8 bytes a pixel at 16 bits a channel, then 4 more as RGBA: 0.6 GB.
pub const MAX_PIXELS: u64 = 50_000_000;

/// Bytes a decoder may allocate for one image, its own buffers included.
pub const MAX_DECODER_BYTES: u64 = 512 << 20;

/// Bytes of one XMP packet. Those with thumbnails and histories of edits have a few at most; its tree takes ten times as much.
pub const MAX_XMP_BYTES: usize = 16 << 20;

/// Elements, texts and comments of one XMP packet: 70 bytes each in its tree.
pub const MAX_XMP_NODES: u32 = 500_000;

/// Bytes of a model file. Classifiers that are of use in a page are far smaller.
pub const MAX_MODEL_BYTES: usize = 256 << 20;

/// Bytes of one file of a vocabulary. Tagdrop's own have 50 kB; beyond, the answer is `model-mismatch`.
pub const MAX_VOCABULARY_BYTES: usize = 4 << 20;

/// Concepts of a vocabulary, so that 16 bits can count them.
pub const MAX_CONCEPTS: usize = 65_535;

/// Bytes of a name or synonym: 255 letters, the most that photo services take for a tag, of up to 4 bytes.
pub const MAX_NAME_BYTES: usize = 1020;

/// Bytes of a decision log. An entry takes 200 to 300 bytes of JSON: 200 000 of them. Beyond, as for the next ones, the answer is
/// `invalid-options`.
pub const MAX_LOG_BYTES: usize = 64 << 20;

/// Bytes of an image hash, a run's or a model's name in a decision log: the hex digits of a SHA-512, twice.
pub const MAX_KEY_BYTES: usize = 256;

/// Milliseconds since 1970 that a decision may be dated: the greatest whole number that JavaScript can tell from the next.
pub const MAX_TIME: u64 = (1 << 53) - 1;

/// Bytes of a host's own vocabulary. 65 535 terms of 250 bytes.
pub const MAX_HOST_VOCABULARY_BYTES: usize = 16 << 20;

/// Terms of a host's own vocabulary: fuzzy comparison looks at many of them for each tag.
pub const MAX_HOST_TERMS: usize = 65_535;
