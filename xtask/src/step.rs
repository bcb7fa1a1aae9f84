//! Saying what is being done and how long it took. On stderr, so that what a chore prints can be piped.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Runs one step and prints its time.
pub(crate) fn step<T>(what: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("• {what} …");
    let start = Instant::now();
    let done = run().with_context(|| what.to_owned())?;
    eprintln!("  {what}: {}", seconds(start.elapsed()));
    Ok(done)
}

/// `0.4 s`, `12 s`, `3 min 05 s`.
pub(crate) fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match time.as_secs() {
        0..=9 => format!("{seconds:.1} s"),
        10..=99 => format!("{seconds:.0} s"),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_as_people_say_them() {
        let said: Vec<_> = [420, 12_400, 99_900, 185_000].map(|ms| seconds(Duration::from_millis(ms))).into();
        assert_eq!(said, ["0.4 s", "12 s", "100 s", "3 min 05 s"]);
    }
}
