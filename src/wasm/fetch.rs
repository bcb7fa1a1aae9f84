//! Images given by URL. The only file that opens a connection.

use gloo_net::http::Request;
use js_sys::{Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader};

use crate::{Error, ErrorCode, Result, limits};

/// Downloads `url`, telling `on_progress` the bytes so far and the bytes in all (0 if the server does not say).
pub(super) async fn image(url: &str, signal: Option<&AbortSignal>, on_progress: &Function) -> Result<Vec<u8>> {
    let failed = |why: &str| {
        if signal.is_some_and(AbortSignal::aborted) {
            Error::new(ErrorCode::Aborted, "The download was aborted.")
        } else {
            Error::new(
                ErrorCode::FetchFailed,
                format!(
                    "The image at {url} could not be downloaded: {why}. Is it there, and does its server allow this page to read it (CORS)?"
                ),
            )
        }
    };
    let response = Request::get(url).abort_signal(signal).send().await.map_err(|e| failed(&e.to_string()))?;
    if !response.ok() {
        return Err(failed(&format!("the server answered {}", response.status())));
    }
    let total = response.headers().get("content-length").and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
    let too_large = || {
        Error::new(
            ErrorCode::ImageTooLarge,
            format!("The image at {url} has more than {} MiB.", limits::MAX_FILE_BYTES >> 20),
        )
    };
    if total > limits::MAX_FILE_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(total);
    let Some(body) = response.body() else { return Ok(bytes) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let step = JsFuture::from(reader.read()).await.map_err(|_| failed("the connection broke"))?;
        let property = |name: &str| Reflect::get(&step, &name.into()).unwrap_or(JsValue::UNDEFINED);
        if property("done").is_truthy() {
            return Ok(bytes);
        }
        let chunk: Uint8Array = property("value").unchecked_into();
        if bytes.len() + chunk.length() as usize > limits::MAX_FILE_BYTES {
            return Err(too_large());
        }
        let start = bytes.len();
        bytes.resize(start + chunk.length() as usize, 0);
        chunk.copy_to(&mut bytes[start..]);
        // What the page does with the news is its own affair.
        let _ = on_progress.call2(&JsValue::UNDEFINED, &(bytes.len() as f64).into(), &(total as f64).into());
    }
}
