//! What can go wrong, as one list of stable codes.

use std::fmt;

/// Every code a user of Tagdrop can meet, in Rust or in JavaScript. Codes are kebab-case and never change their meaning.
///
/// Codes that only the JavaScript package can give stand here too: this is the one list, and `js/types.d.ts` is held equal to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The bytes are none of the image formats read here.
    UnsupportedFormat,
    /// The file has no bytes.
    EmptyFile,
    /// The bytes start like an image but cannot be decoded to the end.
    CorruptImage,
    /// Bytes, edge or pixel count are beyond [`crate::limits`].
    ImageTooLarge,
    /// An image given by URL could not be downloaded.
    FetchFailed,
    /// The model, its manifest or the wasm module could not be downloaded.
    ModelUnavailable,
    /// The model file is not what its manifest says.
    ModelMismatch,
    /// The file's own XMP or IPTC cannot be read, or not be added to without harm.
    UnsupportedMetadata,
    /// An option has a wrong name, type or range.
    InvalidOptions,
    /// What was given to be tagged is not an image source.
    InvalidSource,
    /// The caller's abort signal fired.
    Aborted,
    /// The tagger was used after it was disposed of.
    Disposed,
    /// The worker died on this file; it has been replaced.
    WorkerCrashed,
    /// Too many workers died in a short time; tagging is off until it is reset.
    BreakerOpen,
    /// A defect of ours.
    Internal,
}

impl ErrorCode {
    /// All codes, in the order of their declaration.
    pub const ALL: [Self; 15] = [
        Self::UnsupportedFormat,
        Self::EmptyFile,
        Self::CorruptImage,
        Self::ImageTooLarge,
        Self::FetchFailed,
        Self::ModelUnavailable,
        Self::ModelMismatch,
        Self::UnsupportedMetadata,
        Self::InvalidOptions,
        Self::InvalidSource,
        Self::Aborted,
        Self::Disposed,
        Self::WorkerCrashed,
        Self::BreakerOpen,
        Self::Internal,
    ];

    /// The code as users see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnsupportedFormat => "unsupported-format",
            Self::EmptyFile => "empty-file",
            Self::CorruptImage => "corrupt-image",
            Self::ImageTooLarge => "image-too-large",
            Self::FetchFailed => "fetch-failed",
            Self::ModelUnavailable => "model-unavailable",
            Self::ModelMismatch => "model-mismatch",
            Self::UnsupportedMetadata => "unsupported-metadata",
            Self::InvalidOptions => "invalid-options",
            Self::InvalidSource => "invalid-source",
            Self::Aborted => "aborted",
            Self::Disposed => "disposed",
            Self::WorkerCrashed => "worker-crashed",
            Self::BreakerOpen => "breaker-open",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A code to branch on and a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What went wrong.
    pub code: ErrorCode,
    /// For people, in English.
    pub message: String,
}

impl Error {
    /// An error with its sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Error {}

/// What fallible functions here return.
pub type Result<T> = std::result::Result<T, Error>;
